// Holds the grammar for VS Code against documents: what is painted as a step is one, and nothing else is. Where blocks
// are is told by `voiden list`; what starts a step is read here as src/script/parse/lines.rs has it.
//
// node check.mjs EXTENSION VOIDEN FILE…, in a folder with the packages of package.json.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { registry, tokenize } from './registry.mjs';

const [extension, voiden, ...files] = process.argv.slice(2);
const grammar = await registry(extension).loadGrammar('text.html.markdown');

const MARK = /^(?:->|→|<-|←|--)(?=[ \t]|$)/;
const NAMED = /^[\p{L}\p{N}_-]+[ \t]+(?=(->|→|<-|←|--)(?:[ \t]|$))/u;

/** The mark of a step's first line, or nothing. */
function mark(line, word, clients) {
    const start = clients ? line.trimStart() : line;
    if (MARK.test(start)) {
        return MARK.exec(start)[0];
    }
    const named = NAMED.exec(start)?.[1];
    return clients || (word === '/wss-server' && /^(?:->|→)$/.test(named)) ? named : undefined;
}

/** The blocks of documents: the line of the fence, from 0, and its word. */
function list(files) {
    const run = () => {
        try {
            return execFileSync(voiden, ['list', ...files], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
        } catch (error) {
            return error.stdout;
        }
    };
    const found = new Map(files.map((file) => [file, []]));
    for (const line of run().split('\n')) {
        const [, file, number, word] = /^(.*):(\d+)\t([^\t]*)\t/.exec(line) ?? [];
        if (file !== undefined) {
            found.get(file)?.push({ start: Number(number) - 1, word });
        }
    }
    return found;
}

let steps = 0;
const wrong = [];
for (const [file, blocks] of list(files)) {
    const lines = readFileSync(file, 'utf8').replace(/^\uFEFF/, '').split(/\r?\n/);
    const painted = tokenize(grammar, lines.join('\n'));
    const expected = new Map();
    for (const { start, word } of blocks) {
        const [, before, fence] = /^(.*?)(`{3,}|~{3,})/.exec(lines[start]) ?? [];
        const quotes = before.replace(/[^>]/g, '').length;
        const indent = before.replace(/^.*>/, '').replace(/^ /, quotes > 0 ? '' : ' ').length;
        const inside = (line) => {
            let rest = line;
            for (let at = 0; at < quotes; at += 1) {
                rest = rest.replace(/^[ \t]*> ?/, '');
            }
            return rest.slice(Math.min(indent, rest.length - rest.trimStart().length));
        };
        const body = [];
        let end = start + 1;
        while (end < lines.length && !new RegExp(`^\\s*${fence}[${fence[0]}]*\\s*$`).test(inside(lines[end]))) {
            body.push(inside(lines[end]));
            end += 1;
        }
        const clients = word === '/wss' && body.some((line) => /^\s*@clients[ \t]/.test(line));
        body.forEach((line, at) => expected.set(start + 1 + at, mark(line, word, clients) ?? ''));
    }
    painted.forEach((tokens, at) => {
        const is = (token, scope) => token.scopes.some((name) => name.startsWith(scope));
        const script = tokens.some((token) => is(token, 'meta.embedded.block.wss') && !is(token, 'meta.embedded.block.wss-log'));
        const token = tokens.find((token) => /^keyword\.control\.(?:send|receive|step)\.wss$/.test(token.scopes.at(-1)));
        const found = script ? (token?.text ?? '') : undefined;
        const truth = expected.get(at);
        steps += truth ? 1 : 0;
        // A step that is a comment, or has no words, is one all the same; an empty line paints nothing.
        if (found !== truth && !(truth === '' && /^[ \t>]*$/.test(lines[at]))) {
            wrong.push(`${file}:${at + 1}: ${JSON.stringify(found)} is painted, ${JSON.stringify(truth)} stands there: ${lines[at]}`);
        }
    });
}
if (wrong.length > 0) {
    console.error(wrong.slice(0, 40).join('\n'));
    console.error(`${wrong.length} lines are painted as what they are not`);
    process.exit(1);
}
if (steps === 0) {
    console.error('no step was found in what was looked at');
    process.exit(1);
}
console.log(`${files.length} documents, ${steps} steps`);
