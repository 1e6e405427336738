// A text one types into, painted below the letters, which grows with what it holds.

import { el } from './element.js';
import { pieces } from './script.js';

/** A longer text is not painted: each line would be an element. */
const MOST = 256 * 1024;

export class Field {
  /** `check` is called when what is typed has settled. */
  constructor({ label, change, describedBy, rows = 1, placeholder }) {
    this.paint = el('pre', { class: 'field-paint', 'aria-hidden': 'true' });
    this.input = el('textarea', {
      'aria-label': label,
      'aria-describedby': describedBy,
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      wrap: 'soft',
      rows: String(rows),
      placeholder,
    });
    this.element = el('div', { class: 'field' }, this.paint, this.input);
    this.known = new Map();
    this.input.addEventListener('input', () => {
      this.draw();
      clearTimeout(this.timer);
      this.timer = setTimeout(change, 120);
    });
    this.input.addEventListener('keydown', (event) => this.indent(event));
    this.draw();
  }

  get value() {
    return this.input.value;
  }

  set value(text) {
    this.input.value = text;
    this.draw();
  }

  /** Takes over how the lines of a text are painted. */
  painted(text, lines) {
    const written = text.split('\n');
    this.known = new Map(written.map((line, at) => [line, lines[at] ?? []]));
    this.draw();
  }

  /** A line that is not painted yet stands as it is; what is painted must be the same letters, or it would lie beside them. */
  draw() {
    const plain = this.input.value.length > MOST;
    this.element.classList.toggle('plain', plain);
    if (plain) {
      // It makes room for the letters all the same.
      this.paint.textContent = `${this.input.value}\n`;
      return;
    }
    const lines = this.input.value.split('\n').map((line) => {
      const known = this.known.get(line);
      const same = known && known.map(([, text]) => text).join('') === line;
      return el('span', {}, ...(same ? pieces(known) : [line]), '\n');
    });
    this.paint.replaceChildren(...lines);
  }

  /** Line breaks keep the indentation of the line before. */
  indent(event) {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { value, selectionStart } = this.input;
    const start = value.lastIndexOf('\n', selectionStart - 1) + 1;
    const blanks = /^[ \t]*/.exec(value.slice(start, selectionStart))[0];
    if (!blanks) return;
    event.preventDefault();
    this.input.setRangeText(`\n${blanks}`, selectionStart, this.input.selectionEnd, 'end');
    this.input.dispatchEvent(new Event('input'));
  }
}
