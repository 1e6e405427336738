'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const bar = document.querySelector('.bar');
  const [search, which, found] = ['#search', '#which', '#found'].map((id) => document.querySelector(id));
  const buttons = all('.bar button');
  const sessions = all('.session');
  const documents = all('.document');
  const texts = new Map();
  let outcome = '';

  const text = (session) => {
    // Not its script: what one looks for is what happened.
    if (!texts.has(session)) {
      const told = all(':scope > details > summary, .problem, .events', session);
      texts.set(session, told.map((one) => one.textContent).join(' ').toLowerCase());
    }
    return texts.get(session);
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of documents) {
      const named = one.querySelector('h2').textContent.toLowerCase();
      const wanted = which.value === '' || which.value === one.dataset.number;
      let any = false;
      for (const session of all('.session', one)) {
        const fits = wanted && (outcome === '' || session.dataset.outcome === outcome)
          && words.every((word) => text(session).includes(word) || named.includes(word));
        session.hidden = !fits;
        any ||= fits;
        shown += fits;
      }
      const plain = wanted && outcome === '' && words.length === 0;
      one.hidden = !(any || plain);
    }
    found.textContent = `${shown} of ${sessions.length}`;
  };

  const choose = (button) => {
    outcome = button.value;
    buttons.forEach((one) => one.setAttribute('aria-pressed', String(one === button)));
    filter();
  };

  bar.hidden = false;
  search.addEventListener('input', filter);
  which.addEventListener('change', filter);
  buttons.forEach((button) => button.addEventListener('click', () => choose(button)));
  bar.querySelector('form').addEventListener('submit', (event) => event.preventDefault());

  // Timelines: a mark and its line belong together.
  const tip = document.querySelector('#tip');
  let current = null;
  const line = (mark) => document.getElementById(mark.getAttribute('href').slice(1));
  const leave = () => {
    if (!current) return;
    current.classList.remove('on');
    line(current)?.classList.remove('on');
    current = null;
    tip.hidden = true;
  };
  const show = (mark, pointed) => {
    leave();
    current = mark;
    mark.classList.add('on');
    line(mark)?.classList.add('on');
    if (!pointed) return;
    tip.textContent = mark.dataset.told;
    tip.hidden = false;
    const place = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, place.left + place.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = place.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : place.bottom + 8}px`;
  };
  for (const plot of all('.plot svg')) {
    const number = (mark) => Number(mark.getAttribute('href').split('-').pop());
    const marks = all('a', plot).sort((one, other) => number(one) - number(other));
    // What the browser would show by itself is shown better.
    for (const mark of marks) {
      const title = mark.querySelector('title');
      mark.dataset.told = title.textContent;
      mark.setAttribute('aria-label', title.textContent);
      title.remove();
      mark.addEventListener('pointerenter', () => show(mark, true));
      mark.addEventListener('pointerleave', leave);
    }
    if (marks.length === 0) continue;
    plot.setAttribute('tabindex', '0');
    plot.addEventListener('focus', () => show(marks[0], true));
    plot.addEventListener('blur', leave);
    plot.addEventListener('keydown', (event) => {
      const at = marks.indexOf(current);
      const steps = { ArrowRight: at + 1, ArrowLeft: Math.max(0, at - 1), Home: 0, End: marks.length - 1 };
      if (event.key in steps) {
        event.preventDefault();
        show(marks[Math.min(steps[event.key], marks.length - 1)], true);
      } else if (event.key === 'Enter' && current) {
        event.preventDefault();
        line(current)?.scrollIntoView({ block: 'center' });
      }
    });
    const owner = plot.closest('.session');
    for (const mark of marks) {
      const told = line(mark);
      told?.addEventListener('pointerenter', () => show(mark, false));
      told?.addEventListener('pointerleave', leave);
    }
    owner.addEventListener('toggle', leave, true);
  }

  const move = (by, wanted) => {
    const shown = sessions.filter((one) => !one.hidden && (!wanted || one.dataset.outcome === wanted));
    if (shown.length === 0) return;
    const here = shown.indexOf(document.activeElement?.closest('.session'));
    const next = here < 0 ? (by > 0 ? 0 : shown.length - 1) : (here + by + shown.length) % shown.length;
    const summary = shown[next].querySelector('summary');
    summary.focus();
    summary.scrollIntoView({ block: 'nearest' });
  };
  const open = () => {
    const details = sessions.filter((one) => !one.hidden).map((one) => one.querySelector('details'));
    const close = details.every((one) => one.open);
    details.forEach((one) => { one.open = !close; });
  };
  const keys = {
    '/': () => search.focus(), j: () => move(1), k: () => move(-1), f: () => move(1, 'failed'), o: open,
  };
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && (search.value || outcome || which.value)) {
      search.value = '';
      which.value = '';
      choose(buttons[0]);
      search.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
    if (event.key in keys) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  filter();
})();
