// Holds the tokens of a document against those that are recorded. With UPDATE set it records them.
//
// node snapshot.mjs EXTENSION DOCUMENT RECORD
import { readFileSync, writeFileSync } from 'node:fs';
import { registry, tokenize } from './registry.mjs';

const [extension, document, record] = process.argv.slice(2);
const grammar = await registry(extension).loadGrammar('text.html.markdown');
const told = tokenize(grammar, readFileSync(document, 'utf8'))
    .map((tokens) =>
        tokens
            .filter(({ text }) => text.trim() !== '')
            .map(({ text, scopes }) => `${JSON.stringify(text)} ${scopes.at(-1)}\n`)
            .join(''),
    )
    .join('');
if (process.env.UPDATE) {
    writeFileSync(record, told);
} else if (readFileSync(record, 'utf8') !== told) {
    const before = readFileSync(record, 'utf8').split('\n');
    const now = told.split('\n');
    const at = now.findIndex((line, at) => line !== before[at]);
    console.error(`${record}:${at + 1}: recorded is\n  ${before[at]}\nit is now\n  ${now[at]}\nUPDATE=1 records what is now`);
    process.exit(1);
}
