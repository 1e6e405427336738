// One block: what it is doing, its script, and its log.

import { Composer } from './composer.js';
import { Editor } from './editor.js';
import { announce, button, el, isCommand, show } from './element.js';
import { Log } from './log.js';
import { script } from './script.js';
import { command } from './server.js';

const KINDS = { client: 'WebSocket', server: 'Server', http: 'HTTP' };
const MARKS = { passed: '✓ passed', failed: '✗ failed', skipped: '– skipped', 'not run': '– not run', stopped: '– stopped' };

export class BlockView {
  constructor(document, data) {
    this.document = document;
    this.id = data.id;
    this.kind = data.kind;
    this.session = {};
    this.status = el('span', { class: 'block-status', role: 'status' });
    this.outcome = el('span', { class: 'outcome' });
    this.name = el('span', { class: 'name' });
    const act = (name) => () => this.command(name);
    const isServer = this.kind === 'server';
    this.run = button(isServer ? 'Serve' : 'Run', act(isServer ? 'serve' : 'run'), {
      class: 'primary',
      title: isServer ? undefined : 'Run (Ctrl+Enter)',
    });
    this.stop = button('Stop', act('stop'));
    this.connect = button('Connect', act('connect'));
    this.disconnect = button('Disconnect', act('disconnect'));
    this.edit = button('Edit', () => this.startEditing());
    this.trouble = el('p', { class: 'block-trouble', role: 'alert' });
    this.place = el('div', { class: 'script-place' });
    this.told = el('p', { class: 'told' });
    this.composerPlace = el('div', { class: 'composer-place' });
    this.log = new Log(data.name);
    this.element = el(
      'section',
      { class: `block ${this.kind}`, 'aria-label': data.name },
      el(
        'header',
        { class: 'block-head' },
        el('span', { class: 'kind' }, KINDS[this.kind]),
        this.name,
        this.status,
        this.outcome,
        el('span', { class: 'buttons' }, this.connect, this.disconnect, this.stop, this.run, this.edit),
      ),
      this.trouble,
      this.place,
      this.told,
      this.composerPlace,
      this.log.element,
    );
    this.element.addEventListener('keydown', (event) => {
      if (!isCommand(event, 'enter') || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      if (!this.run.hidden && !this.run.disabled) this.run.click();
    });
    show(this.trouble, false);
    this.take(data);
  }

  /** Takes over how the block is now. */
  take(data) {
    this.data = data;
    this.element.setAttribute('aria-label', data.name);
    this.name.textContent = data.name;
    this.takeSession(data.session);
    if (this.session.run === undefined) this.recorded();
    this.editor?.overtaken(data.script);
    this.composer?.take(data);
  }

  /** Until something happens, the log is what is recorded. */
  recorded() {
    const text = JSON.stringify(this.data.recorded);
    if (text === this.shownRecord) return;
    this.shownRecord = text;
    const rows = this.data.recorded;
    this.log.set(rows.filter(([kind]) => kind !== 'passed' && kind !== 'failed'), 0);
  }

  /** What it is doing. */
  takeSession(session) {
    const before = this.session;
    this.session = session;
    if (session.run !== undefined && session.run !== before.run) {
      this.shownRecord = undefined;
      this.log.set([], 0);
    }
    if (this.status.textContent !== session.status) this.status.textContent = session.status;
    this.status.dataset.state = session.state;
    const mark = MARKS[session.outcome] ?? '';
    this.outcome.textContent = mark;
    this.outcome.className = `outcome ${session.outcome ?? ''}`;
    if (mark && before.running && !session.running) announce(`${this.data.name} ${mark}`);
    this.drawTold();
    this.drawScript();
    this.drawButtons();
    this.document.update?.();
  }

  drawTold() {
    const { session } = this;
    const summary = this.data.recorded.find(([kind]) => kind === 'passed' || kind === 'failed');
    const parts = [];
    if (session.run === undefined) {
      if (summary) parts.push('Recorded: ', summary[3]);
    } else {
      if (session.why && !session.problems.some((found) => session.why.startsWith(found.message))) parts.push(session.why, ' ');
      if (session.summary) parts.push(session.summary);
      if (session.kept) parts.push(` (${session.kept})`);
    }
    this.told.replaceChildren(...parts);
    show(this.told, parts.length > 0);
  }

  drawScript() {
    const problems = [...this.data.problems, ...(this.session.problems ?? [])];
    const shape = JSON.stringify([this.data.painted, problems]);
    if (this.editor || shape === this.shape) return;
    this.shape = shape;
    this.place.replaceChildren(script(this.data.painted, problems));
  }

  drawButtons() {
    const { session } = this;
    const running = Boolean(session.running);
    const live = Boolean(session.live);
    const isClient = this.kind === 'client';
    show(this.run, !running);
    show(this.stop, running && !live);
    show(this.connect, isClient && !running);
    show(this.disconnect, isClient && running && live);
    if (live && running && session.state === 'on' && !this.composer) {
      this.composer = new Composer(this);
      this.composerPlace.replaceChildren(this.composer.element);
    } else if (!(live && running) && this.composer && !this.composer.isUsed() && !session.composed) {
      this.composer = undefined;
      this.composerPlace.replaceChildren();
    }
    this.composer?.takeState(live && running && session.state === 'on');
  }

  addRows(run, { from, rows }) {
    if (run === this.session.run) this.log.add(rows, from);
  }

  replaceRows(run, { from, rows }) {
    if (run === this.session.run) this.log.set(rows, from);
  }

  async command(name) {
    const { error } = await command(name, { document: this.document.id, block: this.id });
    this.complain(error ?? '');
  }

  complain(sentence) {
    this.trouble.textContent = sentence;
    show(this.trouble, Boolean(sentence));
  }

  startEditing() {
    if (this.editor) return;
    const close = () => {
      this.editor = undefined;
      this.shape = undefined;
      show(this.edit, true);
      this.drawScript();
      this.edit.focus();
    };
    this.editor = new Editor(this, { close, run: () => this.run.hidden || this.run.click() });
    show(this.edit, false);
    this.place.replaceChildren(this.editor.element);
    this.editor.focus();
  }

  isEdited() {
    return Boolean(this.editor?.isChanged());
  }

  /** The block does not stand in the document any more. */
  gone() {
    this.complain('This block is not in the document any more.');
  }

  /** How far its log is scrolled. */
  scroll(place) {
    if (place !== undefined) this.log.body.scrollTop = place;
    return this.log.body.scrollTop;
  }
}
