// Puts the page together: takes over what voiden shows, and each event after it.

import { DocumentView } from './document.js';
import { el, show } from './element.js';
import { listen } from './events.js';
import { command, token } from './server.js';

const main = document.getElementById('documents');
const contents = document.getElementById('contents');
const environment = document.getElementById('environment');
const trouble = document.getElementById('trouble');

const documents = new Map();
/** Events up to this one are known; `null`: everything is being asked for, and events wait. */
let sequence = null;
let early = [];

function complain(sentence) {
  if (trouble.textContent !== sentence) trouble.textContent = sentence;
  show(trouble, Boolean(sentence));
}

async function load() {
  sequence = null;
  const state = await command('state');
  if (state.error) {
    complain(state.error);
    return;
  }
  complain('');
  settings(state.settings);
  const there = new Set(state.documents.map((document) => document.id));
  for (const id of documents.keys()) if (!there.has(id)) remove(id);
  for (const document of state.documents) take(document);
  order(state.documents.map((document) => document.id));
  const rows = new Map(state.rows.map((rows) => [rows.block, rows]));
  for (const block of blocks()) {
    const own = rows.get(block.id);
    if (own) block.replaceRows(own.run, own.rows);
  }
  main.setAttribute('aria-busy', 'false');
  sequence = state.sequence;
  const waiting = early;
  early = [];
  waiting.forEach(hear);
}

function* blocks() {
  for (const document of documents.values()) yield* document.blocks.values();
}

function blockOf(id) {
  for (const block of blocks()) if (block.id === id) return block;
  return undefined;
}

function hear(event) {
  switch (event.event) {
    case 'anew':
      load();
      return;
    case 'lost':
      complain('voiden does not answer: it has ended, or is busy');
      return;
    case 'refused':
      complain('voiden was started anew: open the address that it has printed');
      return;
    default:
  }
  if (sequence === null) {
    early.push(event);
    return;
  }
  if (event.sequence <= sequence) return;
  sequence = event.sequence;
  switch (event.event) {
    case 'settings':
      settings(event.settings);
      break;
    case 'document':
      if (event.document) take(event.document);
      else remove(event.id);
      order(event.order);
      break;
    case 'block':
      blockOf(event.block)?.takeSession(event.session);
      break;
    case 'rows':
      blockOf(event.block)?.addRows(event.run, event.rows);
      break;
    default:
  }
}

function take(data) {
  const known = documents.get(data.id);
  if (known) {
    known.take(data);
    return;
  }
  const view = new DocumentView(data);
  documents.set(data.id, view);
  main.append(view.element);
}

function remove(id) {
  documents.get(id)?.element.remove();
  documents.delete(id);
}

function order(ids) {
  const views = ids.map((id) => documents.get(id)).filter(Boolean);
  views.forEach((view, at) => {
    if (main.children[at] !== view.element) main.insertBefore(view.element, main.children[at] ?? null);
  });
  const several = views.length > 1;
  show(contents, several);
  contents.replaceChildren(
    ...(several ? views : []).map((view) => el('a', { href: `#${view.element.id}` }, view.path)),
  );
  document.title = views.length === 1 ? `${views[0].path} · voiden` : 'voiden';
}

function settings({ environment: chosen, environments, wrong }) {
  const select = environment.querySelector('select');
  const names = new Set(environments);
  if (chosen) names.add(chosen);
  const options = [el('option', { value: '' }, 'none')];
  for (const name of names) options.push(el('option', { value: name }, name));
  select.replaceChildren(...options);
  select.value = chosen ?? '';
  show(environment, names.size > 0);
  if (wrong.length > 0) complain(wrong.join('; '));
}

environment.querySelector('select').addEventListener('change', async (event) => {
  const { error } = await command('environment', { name: event.target.value });
  if (error) complain(error);
});

listen(token, hear);
