// Reads JSON as it was written: numbers keep every digit, keys their order and doubles. Gives a tree that folds.

import { el } from './element.js';

const DEEPEST = 128;
/** Members that are shown before one asks for more. */
const FIRST = 100;

/** `{kind, text, members: [{key, value}]}`; `null` if it is not JSON. */
export function read(text) {
  let at = 0;
  const token = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?[0-9][0-9.eE+-]*|true|false|null))/y;
  const next = () => {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw new SyntaxError('not JSON');
    at = token.lastIndex;
    return found[1] ?? found[2] ?? found[3];
  };
  const value = (first, depth) => {
    if (depth > DEEPEST) throw new SyntaxError('too deep');
    if (first !== '{' && first !== '[') {
      if (/^[}\],:]/.test(first)) throw new SyntaxError('not JSON');
      return { kind: first.startsWith('"') ? 'string' : /^[tfn]/.test(first) ? 'constant' : 'number', text: first };
    }
    const [kind, end] = first === '{' ? ['object', '}'] : ['array', ']'];
    const members = [];
    let word = next();
    while (word !== end) {
      let key = null;
      if (kind === 'object') {
        key = word;
        if (!key.startsWith('"') || next() !== ':') throw new SyntaxError('not JSON');
        word = next();
      }
      members.push({ key, value: value(word, depth + 1) });
      word = next();
      if (word === ',') word = next();
      else if (word !== end) throw new SyntaxError('not JSON');
    }
    return { kind, members };
  };
  try {
    const tree = value(next(), 0);
    return text.slice(at).trim() === '' ? tree : null;
  } catch {
    return null;
  }
}

/** The text on one line, painted; long ones are cut. */
export function line(tree, limit = 400) {
  const parts = [];
  let size = 0;
  const put = (text, kind) => {
    if (size > limit) return;
    size += text.length;
    parts.push(kind ? el('span', { class: `t-${kind}` }, text) : text);
  };
  const walk = (node) => {
    if (size > limit) return;
    if (!node.members) {
      put(node.text, node.kind);
      return;
    }
    put(node.kind === 'object' ? '{' : '[');
    node.members.forEach(({ key, value }, at) => {
      if (at > 0) put(',');
      if (key !== null) {
        put(key, 'key');
        put(':');
      }
      walk(value);
    });
    put(node.kind === 'object' ? '}' : ']');
  };
  walk(tree);
  if (size > limit) parts.push(' …');
  return parts;
}

/** The tree, what lies deeper folded. */
export function tree(node, open = 2) {
  return el('div', { class: 'json' }, branch(null, node, open, ''));
}

function branch(key, node, open, comma) {
  const name = key === null ? [] : [el('span', { class: 't-key' }, key), ': '];
  if (!node.members || node.members.length === 0) {
    const leaf = node.members ? (node.kind === 'object' ? '{}' : '[]') : node.text;
    return el('div', { class: 'leaf' }, ...name, el('span', { class: `t-${node.kind}` }, leaf), comma);
  }
  const [start, end] = node.kind === 'object' ? ['{', '}'] : ['[', ']'];
  const count = node.members.length;
  const words = node.kind === 'object' ? (count === 1 ? 'key' : 'keys') : count === 1 ? 'item' : 'items';
  const summary = el('summary', {}, ...name, start, el('span', { class: 'folded' }, ` ${count} ${words} ${end}${comma}`));
  const details = el('details', {}, summary);
  const fill = () => {
    if (details.childElementCount > 1) return;
    const inside = el('div', { class: 'inside' });
    more(inside, node, 0, open - 1);
    details.append(inside, el('div', { class: 'end' }, end, comma));
  };
  details.addEventListener('toggle', () => details.open && fill());
  if (open > 0) {
    fill();
    details.open = true;
  }
  return details;
}

function more(inside, node, from, open) {
  const { members } = node;
  const until = Math.min(from + FIRST, members.length);
  for (let at = from; at < until; at += 1) {
    const { key, value } = members[at];
    inside.append(branch(key, value, open, at + 1 < members.length ? ',' : ''));
  }
  if (until < members.length) {
    const rest = el('button', { type: 'button', class: 'link' }, `${members.length - until} more`);
    rest.addEventListener('click', () => {
      rest.remove();
      more(inside, node, until, open);
    });
    inside.append(rest);
  }
}
