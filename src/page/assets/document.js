// One document: its prose, and its blocks where they stand in it.

import { BlockView } from './block.js';
import { button, el, show } from './element.js';
import { command } from './server.js';

export class DocumentView {
  constructor(data) {
    this.id = data.id;
    this.path = data.path;
    this.blocks = new Map();
    this.title = el('h1', { class: 'path' }, data.path);
    this.runAll = button('Run all', () => command('run-all', { document: this.id }), { class: 'primary' });
    this.stopAll = button('Stop all', () => command('stop', { document: this.id }));
    this.tally = el('span', { class: 'tally' });
    this.problems = el('div', { class: 'problems' });
    this.prose = el('div', { class: 'prose' });
    this.element = el(
      'article',
      { class: 'document', id: `document-${data.id}`, 'aria-label': data.path },
      el('header', { class: 'document-head' }, this.title, this.tally, this.runAll, this.stopAll),
      this.problems,
      this.prose,
    );
    this.prose.addEventListener('click', (event) => this.follow(event));
    this.take(data);
  }

  /** Takes over how the document is now. What one types in a block stays. */
  take(data) {
    this.data = data;
    const shape = `${data.html}\n${data.blocks.map((block) => block.id)}`;
    for (const block of data.blocks) {
      const known = this.blocks.get(block.id);
      if (known) known.take(block);
      else this.blocks.set(block.id, new BlockView(this, block));
    }
    if (shape !== this.shape) this.render(data);
    this.shape = shape;
    this.told();
  }

  /** Lays the prose out anew, and puts the blocks where they are now. */
  render(data) {
    const focus = this.element.contains(document.activeElement) ? document.activeElement : null;
    const scrolled = [...this.blocks.values()].map((block) => [block, block.scroll()]);
    const here = new Set(data.blocks.map((block) => block.id));
    const template = document.createElement('template');
    // Made by voiden: no raw HTML of the document is in it.
    template.innerHTML = data.html;
    for (const place of template.content.querySelectorAll('[data-block]')) {
      const block = data.blocks[Number(place.dataset.block)];
      const view = block && this.blocks.get(block.id);
      if (view) place.replaceWith(view.element);
    }
    this.prose.replaceChildren(template.content);
    for (const [id, block] of this.blocks) {
      if (here.has(id)) continue;
      // What one types in a block that is gone is not lost.
      if (block.isEdited()) this.prose.append(block.element);
      else this.blocks.delete(id);
      block.gone();
    }
    for (const [block, place] of scrolled) block.scroll(place);
    focus?.focus({ preventScroll: true });
  }

  told() {
    const { data } = this;
    const problems = data.problems.map((problem) => `line ${problem.line}: ${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`);
    if (data.error) problems.unshift(data.error);
    problems.push(...data.notices);
    this.problems.replaceChildren(...problems.map((text) => el('p', {}, text)));
    show(this.problems, problems.length > 0);
    this.update();
  }

  /** What is running, and how it went. */
  update() {
    const sessions = this.data.blocks.map((block) => this.blocks.get(block.id)?.session ?? {});
    const count = (is) => sessions.filter(is).length;
    const passed = count((session) => session.outcome === 'passed');
    const failed = count((session) => session.outcome === 'failed');
    const parts = [];
    if (passed > 0) parts.push(el('span', { class: 'passed' }, `✓ ${passed} passed`));
    if (failed > 0) parts.push(el('span', { class: 'failed' }, `✗ ${failed} failed`));
    this.tally.replaceChildren(...parts.flatMap((part) => [part, ' ']));
    const running = this.data.running || count((session) => session.running) > 0;
    this.runAll.disabled = this.data.running || this.data.blocks.length === 0;
    show(this.runAll, this.data.blocks.length > 0);
    show(this.stopAll, running);
  }

  /** A link to another document that is open leads to it on this page. */
  follow(event) {
    const link = event.target.closest('a[href]');
    if (!link || link.target) return;
    const target = new URL(link.getAttribute('href'), `file:///${this.path}`);
    if (target.hash && target.pathname === new URL(`file:///${this.path}`).pathname) {
      event.preventDefault();
      this.heading(decodeURIComponent(target.hash.slice(1)))?.scrollIntoView();
      return;
    }
    const path = decodeURIComponent(target.pathname.slice(1));
    const titles = [...document.querySelectorAll('.document')];
    const other = titles.find((title) => title.getAttribute('aria-label') === path);
    if (other) {
      event.preventDefault();
      other.scrollIntoView();
    }
  }

  heading(slug) {
    const words = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
    return [...this.prose.querySelectorAll('h2, h3, h4, h5, h6')].find((heading) => words(heading.textContent) === slug);
  }
}
