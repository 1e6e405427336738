// What one sends over a connection by hand. What is wrong is said while one types; then it is neither sent nor lost.

import { button, el, isCommand, show } from './element.js';
import { Field } from './field.js';
import { problem } from './script.js';
import { command } from './server.js';

const FORMATS = [
  ['text', 'Text'],
  ['json', 'JSON'],
  ['xml', 'XML'],
  ['binary', 'Binary'],
];

let number = 0;

export class Composer {
  constructor(block) {
    this.block = block;
    number += 1;
    const id = `message-problems-${number}`;
    this.format = el('select', { 'aria-label': 'Format' }, ...FORMATS.map(([value, name]) => el('option', { value }, name)));
    this.format.value = 'json';
    this.client = el('select', { 'aria-label': 'Client' });
    this.problems = el('div', { class: 'editor-problems', id, 'aria-live': 'polite' });
    this.field = new Field({ label: 'Message', change: () => this.check(), describedBy: id, rows: 3 });
    this.send = button('Send', () => this.post(), { class: 'primary', title: 'Send (Ctrl+Enter)' });
    this.keep = button('Add to script', () => this.add(), { disabled: true });
    this.said = el('span', { class: 'said' });
    this.element = el(
      'div',
      { class: 'composer' },
      el('div', { class: 'composer-bar' }, this.client, this.format),
      this.field.element,
      this.problems,
      el('div', { class: 'buttons' }, this.send, this.keep, this.said),
    );
    this.format.addEventListener('change', () => this.check());
    this.element.addEventListener('keydown', (event) => {
      if (!isCommand(event, 'enter')) return;
      event.preventDefault();
      event.stopPropagation();
      this.post();
    });
    this.take(block.data);
    this.show([]);
  }

  take({ clients }) {
    const chosen = this.client.value;
    this.client.replaceChildren(...clients.map((name) => el('option', { value: name }, name)));
    if (clients.includes(chosen)) this.client.value = chosen;
    show(this.client, clients.length > 0);
  }

  takeState(connected) {
    this.send.disabled = !connected;
    this.keep.disabled = !this.block.session.composed;
  }

  isUsed() {
    return this.field.value !== '';
  }

  request() {
    const { document, id } = this.block;
    const request = { document: document.id, block: id, format: this.format.value, text: this.field.value };
    return this.client.value ? { ...request, client: this.client.value } : request;
  }

  async check() {
    const request = this.request();
    if (request.text === '') {
      this.show([]);
      return true;
    }
    const { problems, painted, error } = await command('check-message', request);
    if (request.text !== this.field.value) return false;
    if (painted) this.field.painted(request.text, painted);
    this.show(problems ?? []);
    if (error) this.said.textContent = error;
    return !error && !(problems ?? []).some((found) => found.error);
  }

  show(problems) {
    this.problems.replaceChildren(...problems.map((found) => problem(found, true)));
    this.field.input.setAttribute('aria-invalid', String(problems.some((found) => found.error)));
    show(this.problems, problems.length > 0);
  }

  async post() {
    if (this.send.disabled) return;
    const request = this.request();
    const { problems, error } = await command('send', request);
    if (problems) {
      this.show(problems);
      this.field.input.focus();
      return;
    }
    this.said.textContent = error ?? '';
    if (error || request.text !== this.field.value) return;
    this.field.value = '';
    this.show([]);
    this.field.input.focus();
  }

  async add() {
    const { error } = await command('add', { document: this.block.document.id, block: this.block.id });
    this.said.textContent = error ?? 'Added to the script.';
  }
}
