// A script as it stands: numbered lines, painted, with what is wrong or failed below its line.

import { el } from './element.js';

/** The pieces of a painted line. */
export function pieces(line) {
  return line.map(([kind, text]) => (kind ? el('span', { class: `t-${kind}` }, text) : text));
}

/** A sentence, what stands between backticks as code. */
function words(text) {
  return text.split(/(`[^`]+`)/).map((part) => (part.length > 2 && part.startsWith('`') ? el('code', {}, part.slice(1, -1)) : part));
}

/** What is wrong, in words. */
export function problem({ error, message, hint, line, column }, withPlace = false) {
  const place = withPlace ? `line ${line}, column ${column}: ` : '';
  return el(
    'p',
    { class: error ? 'problem error' : 'problem warning' },
    el('strong', {}, `${error ? '✗' : '!'} ${place}`, ...words(message)),
    hint ? el('span', { class: 'hint' }, ' · ', ...words(hint)) : null,
  );
}

/** Lines that are shown. */
const MOST = 2000;

/** The whole script; problems of no line stand at its end. */
export function script(painted, problems) {
  const shown = painted.slice(0, MOST);
  const more = painted.length - shown.length;
  const below = new Map();
  for (const found of problems) {
    const line = Math.min(Math.max(found.line, 1), shown.length);
    below.set(line, [...(below.get(line) ?? []), found]);
  }
  const lines = shown.map((line, at) => {
    const found = below.get(at + 1) ?? [];
    const kind = found.some((one) => one.error) ? ' wrong' : found.length > 0 ? ' doubtful' : '';
    return el(
      'div',
      { class: `line${kind}` },
      el('span', { class: 'number', 'aria-hidden': 'true' }, String(at + 1)),
      el('code', {}, ...pieces(line), '\n'),
      ...found.map((one) => problem(one)),
    );
  });
  return el('div', { class: 'script' }, ...lines, more > 0 ? el('p', { class: 'more' }, `… ${more} more lines`) : null);
}
