// One row of a log: when, whose, which way, and what; JSON folds.

import { el } from './element.js';
import { line, read, tree } from './json.js';

/** What a row tells, taken apart: the arrow or mark, the word of the format, and the payload. */
function parts([kind, , , told]) {
  if (kind !== 'sent' && kind !== 'received') return { mark: '', word: '', payload: told };
  const mark = told.slice(0, 1);
  const rest = told.slice(2);
  const [first, ...below] = rest.split('\n');
  const split = first.indexOf('  ');
  if (split < 0 && below.length === 0) return { mark, word: first, payload: '' };
  const word = split < 0 ? first : first.slice(0, split);
  const start = split < 0 ? [] : [first.slice(split + 2)];
  // Lines that continue a row are indented by two.
  const payload = [...start, ...below.map((text) => text.replace(/^ {2}/, ''))].join('\n');
  return { mark, word, payload };
}

const NAMES = { sent: 'sent', received: 'received' };

/** Makes a row; `isOpen` tells whether it is unfolded, `opened` hears of it. */
export function row(data, { isOpen, opened }) {
  const [kind, time, who] = data;
  const { mark, word, payload } = parts(data);
  const json = payload.length > 1 && /^\s*[{[]/.test(payload) ? read(payload) : null;
  const folds = json !== null || payload.includes('\n') || payload.length > 160;
  const lead = [];
  if (time) lead.push(el('span', { class: 'time' }, time), ' ');
  if (who) lead.push(el('span', { class: 'who' }, who), ' ');
  if (mark) lead.push(el('span', { class: 'arrow', title: NAMES[kind] }, mark), ' ', el('span', { class: 'word' }, word), ' ');
  const short = json ? line(json) : [payload.split('\n')[0].slice(0, 400)];
  if (!folds) {
    return el('div', { class: `row ${kind}` }, ...lead, el('span', { class: 'payload' }, payload));
  }
  const summary = el('summary', {}, ...lead, el('span', { class: 'payload short' }, ...short));
  const details = el('details', { class: `row ${kind}` }, summary);
  const fill = () => {
    if (details.childElementCount > 1) return;
    details.append(json ? tree(json) : el('pre', { class: 'whole' }, payload));
  };
  details.addEventListener('toggle', () => {
    if (details.open) fill();
    opened(details.open);
  });
  if (isOpen) {
    fill();
    details.open = true;
  }
  return details;
}
