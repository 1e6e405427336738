// A block's log. Only the rows near what one sees are elements, so that very many stay quick.

import { announce, el } from './element.js';
import { row } from './row.js';

/** Rows that come and go together. */
const CHUNK = 50;
/** The height of a row that was not seen yet. */
const HEIGHT = 24;
/** Rows that are kept: as many as voiden keeps. */
const MOST = 20000;

export class Log {
  constructor(name) {
    this.filter = el('input', { type: 'search', 'aria-label': 'Filter', placeholder: 'Filter', autocomplete: 'off' });
    this.count = el('span', { class: 'count' });
    this.body = el('div', { class: 'log', role: 'log', tabindex: '0', 'aria-label': `Log of ${name}`, 'aria-live': 'off' });
    this.element = el('div', { class: 'log-frame' }, el('div', { class: 'log-bar' }, this.filter, this.count), this.body);
    this.open = new Set();
    this.filter.addEventListener('input', () => this.draw());
    this.body.addEventListener('keydown', (event) => this.walk(event));
    this.seen = new IntersectionObserver((entries) => this.look(entries), { root: this.body, rootMargin: '600px 0px' });
    this.set([], 0);
  }

  /** All rows, of which `from` came before. */
  set(rows, from) {
    this.rows = rows;
    this.first = from;
    this.open.clear();
    this.draw();
  }

  /** The number of the row that comes next. */
  get next() {
    return this.first + this.rows.length;
  }

  /** Rows that come now. */
  add(rows, from) {
    const fresh = rows.slice(Math.max(0, this.next - from));
    if (fresh.length === 0) return;
    const start = from + rows.length - fresh.length;
    if (start > this.next) {
      const lost = start - this.next;
      fresh.unshift(['elided', '', '', `… ${lost} lines came too fast to be shown …`]);
      this.first += lost - 1;
    }
    const offset = this.rows.length;
    this.rows.push(...fresh);
    if (this.rows.length > MOST + 2000) {
      const gone = this.rows.length - MOST;
      this.rows.splice(0, gone);
      this.first += gone;
      this.open = new Set([...this.open].map((at) => at - gone).filter((at) => at >= 0));
      this.draw();
      return;
    }
    const words = this.words();
    const shown = [];
    fresh.forEach((data, at) => {
      if (matches(data, words)) shown.push(offset + at);
    });
    this.append(shown);
    const last = fresh.at(-1);
    announce(fresh.length === 1 ? `${last[2]} ${last[3]}`.slice(0, 200) : `${fresh.length} lines, the last: ${last[3]}`.slice(0, 200));
  }

  words() {
    return this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  }

  draw() {
    const words = this.words();
    const shown = [];
    this.rows.forEach((data, at) => {
      if (matches(data, words)) shown.push(at);
    });
    this.seen.disconnect();
    this.chunks = [];
    this.shown = 0;
    this.body.replaceChildren();
    this.append(shown);
    this.body.scrollTop = this.body.scrollHeight;
  }

  append(shown) {
    const { body } = this;
    const atEnd = body.scrollHeight - body.scrollTop - body.clientHeight < 40;
    for (const at of shown) {
      let chunk = this.chunks.at(-1);
      if (!chunk || chunk.places.length >= CHUNK) chunk = this.chunk();
      chunk.places.push(at);
      if (chunk.filled) chunk.element.append(this.row(at));
      else chunk.element.style.height = `${chunk.places.length * HEIGHT}px`;
    }
    this.shown += shown.length;
    const all = this.rows.length;
    this.count.textContent = this.shown === all ? `${all} ${all === 1 ? 'line' : 'lines'}` : `${this.shown} of ${all} lines`;
    this.element.classList.toggle('empty', all === 0);
    if (shown.length > 0 && atEnd) body.scrollTop = body.scrollHeight;
  }

  chunk() {
    const element = el('div', { class: 'chunk' });
    // The first rows are there at once; whether more are seen is told later.
    const chunk = { element, places: [], filled: this.chunks.length === 0 };
    element.chunk = chunk;
    this.chunks.push(chunk);
    this.body.append(element);
    this.seen.observe(element);
    return chunk;
  }

  row(at) {
    return row(this.rows[at], {
      isOpen: this.open.has(at),
      opened: (open) => (open ? this.open.add(at) : this.open.delete(at)),
    });
  }

  look(entries) {
    for (const { target, isIntersecting } of entries) {
      const { chunk } = target;
      if (isIntersecting && !chunk.filled) {
        chunk.filled = true;
        target.style.height = '';
        target.replaceChildren(...chunk.places.map((at) => this.row(at)));
      } else if (!isIntersecting && chunk.filled && !target.contains(document.activeElement)) {
        target.style.height = `${target.offsetHeight || chunk.places.length * HEIGHT}px`;
        chunk.filled = false;
        target.replaceChildren();
      }
    }
  }

  /** Arrow keys go from row to row. */
  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...this.body.querySelectorAll('.row > summary')];
    if (rows.length === 0) return;
    const now = rows.indexOf(document.activeElement);
    const next = now < 0 ? (step > 0 ? rows[0] : rows.at(-1)) : rows[now + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

function matches(data, words) {
  if (words.length === 0) return true;
  const text = `${data[1]} ${data[2]} ${data[3]}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
