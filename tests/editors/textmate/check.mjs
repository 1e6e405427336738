// Holds the grammar for VS Code against documents: what `voiden` takes for a step is painted as one, and nothing else is.
//
// node check.mjs EXTENSION VOIDEN FILE…, in a folder with the packages of package.json.
import { readFileSync } from 'node:fs';
import { registry, tokenize } from './registry.mjs';
import { ask } from './server.mjs';

const [extension, voiden, ...files] = process.argv.slice(2);
const grammar = await registry(extension).loadGrammar('text.html.markdown');

let steps = 0;
const wrong = [];
for (const [file, { tokens, lenses }] of await ask(voiden, files)) {
    // The extension's key runs what these titles stand for (src/lenses.ts).
    const blocks = new Set(lenses.map(({ range }) => range.start.line));
    const runs = lenses.filter(({ command }) => /^(?:Run|Serve)$/.test(command.title) && command.command.startsWith('voiden.'));
    if (blocks.size !== runs.length) {
        wrong.push(`${file}: of ${blocks.size} blocks ${runs.length} can be run`);
    }
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    // The line of each step, and its mark.
    const expected = new Map();
    for (const { line, start, end, type } of tokens) {
        const text = lines[line].slice(start, end);
        if (type === 'operator' && /^(?:->|→|<-|←|--)$/.test(text)) {
            expected.set(line, text);
        } else if (type === 'comment' && text.startsWith('--')) {
            expected.set(line, '--');
        }
    }
    steps += expected.size;
    tokenize(grammar, lines.join('\n').replace(/^\uFEFF/, '')).forEach((painted, at) => {
        const found = painted.find(({ scopes }) => /^keyword\.control\.(?:send|receive|step)\.wss$/.test(scopes.at(-1)));
        const log = painted.some(({ scopes }) => scopes.some((scope) => scope.startsWith('meta.embedded.block.wss-log')));
        if (!log && found?.text !== expected.get(at)) {
            wrong.push(`${file}:${at + 1}: ${found?.text} is painted, ${expected.get(at)} stands there: ${lines[at]}`);
        }
    });
}
if (steps === 0) {
    wrong.push('no step was found in what was looked at');
}
if (wrong.length > 0) {
    console.error(wrong.slice(0, 40).join('\n'));
    console.error(`${wrong.length} lines are painted as what they are not`);
    process.exit(1);
}
console.log(`${files.length} documents, ${steps} steps`);
