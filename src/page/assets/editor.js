// A block's script, edited in place: checked as one types, and saved only over what was read.

import { button, el, isCommand, show } from './element.js';
import { Field } from './field.js';
import { problem } from './script.js';
import { command } from './server.js';

let number = 0;

export class Editor {
  /** `close` is called when it is done with; `run` when the block is to run then. */
  constructor(block, { close, run }) {
    this.block = block;
    this.close = close;
    this.run = run;
    this.before = block.data.script;
    number += 1;
    const id = `problems-${number}`;
    this.problems = el('div', { class: 'editor-problems', id, 'aria-live': 'polite' });
    this.field = new Field({ label: 'Script', change: () => this.check(), describedBy: id, rows: 3 });
    this.field.value = this.before.replace(/\n$/, '');
    this.field.painted(this.field.value, block.data.painted);
    this.error = el('div', { class: 'editor-error', role: 'alert' });
    this.save = button('Save', () => this.store(false), { class: 'primary', title: 'Save (Ctrl+S)' });
    this.element = el(
      'div',
      { class: 'editor' },
      this.field.element,
      this.error,
      this.problems,
      el('div', { class: 'buttons' }, this.save, button('Cancel', () => this.close())),
    );
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.show(block.data.problems);
  }

  focus() {
    this.field.input.focus();
    this.field.input.setSelectionRange(0, 0);
  }

  isChanged() {
    return this.field.value !== this.before.replace(/\n$/, '');
  }

  key(event) {
    if (isCommand(event, 's')) {
      event.preventDefault();
      this.store(false);
    } else if (isCommand(event, 'enter')) {
      event.preventDefault();
      event.stopPropagation();
      this.store(true);
    } else if (event.key === 'Escape' && !this.isChanged()) {
      this.close();
    }
  }

  /** The block was saved elsewhere while one types. */
  overtaken(script) {
    if (script === this.before) {
      this.changed = undefined;
      return;
    }
    if (!this.isChanged()) {
      this.before = script;
      this.field.value = script.replace(/\n$/, '');
      this.check();
      return;
    }
    if (this.changed === script) return;
    this.changed = script;
    this.conflict('The block was saved elsewhere meanwhile. What you typed is still here.');
  }

  /** Says that there is another text, and offers both ways on. */
  conflict(sentence) {
    const theirs = this.changed;
    this.error.replaceChildren(el('p', {}, sentence));
    if (theirs === undefined) return;
    this.error.append(
      el('details', {}, el('summary', {}, 'What was saved elsewhere'), el('pre', {}, theirs)),
      el(
        'div',
        { class: 'buttons' },
        button('Save mine over it', () => {
          this.before = theirs;
          this.changed = undefined;
          this.error.replaceChildren();
          this.store(false);
        }),
        button('Take theirs', () => {
          this.before = theirs;
          this.changed = undefined;
          this.error.replaceChildren();
          this.field.value = theirs.replace(/\n$/, '');
          this.check();
        }),
      ),
    );
  }

  request() {
    const { document, id } = this.block;
    return { document: document.id, block: id, before: this.before, text: this.field.value };
  }

  async check() {
    const request = this.request();
    const { problems, painted } = await command('check', request);
    if (request.text !== this.field.value) return;
    if (painted) this.field.painted(request.text, painted);
    if (problems) this.show(problems);
  }

  show(problems) {
    this.problems.replaceChildren(...problems.map((found) => problem(found, true)));
    this.field.input.setAttribute('aria-invalid', String(problems.some((found) => found.error)));
    show(this.problems, problems.length > 0);
  }

  async store(run) {
    this.save.disabled = true;
    const { error, status } = await command('save', this.request());
    this.save.disabled = false;
    if (!error) {
      this.close();
      if (run) this.run();
      return;
    }
    if (status === 409 && this.changed === undefined) {
      const { script } = this.block.data;
      if (script !== this.before) this.changed = script;
    }
    this.conflict(error.charAt(0).toUpperCase() + error.slice(1));
    this.field.input.focus();
  }
}
