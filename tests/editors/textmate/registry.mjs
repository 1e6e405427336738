// Tokenizes documents as VS Code does: its own grammar of Markdown, with ours injected. Run in a folder that has the
// packages of package.json; arguments are documents, each with the truth beside it: what `voiden` says of its blocks.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const { INITIAL, Registry } = require('vscode-textmate');
const oniguruma = require('vscode-oniguruma');

const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
const onigLib = oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)).then(() => ({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
}));

/** A grammar by the name of its scope; `extension` is the folder of the extension. */
export function registry(extension) {
    const manifest = JSON.parse(readFileSync(`${extension}/package.json`, 'utf8'));
    const ours = new Map(manifest.contributes.grammars.map((grammar) => [grammar.scopeName, grammar]));
    return new Registry({
        onigLib,
        loadGrammar: async (scope) => {
            const grammar = ours.get(scope);
            if (grammar) {
                return JSON.parse(readFileSync(`${extension}/${grammar.path}`, 'utf8'));
            }
            if (scope === 'text.html.markdown') {
                return JSON.parse(readFileSync(require.resolve('tm-grammars/grammars/markdown.json'), 'utf8'));
            }
            return null;
        },
        getInjections: (scope) =>
            [...ours.values()].filter((grammar) => grammar.injectTo?.includes(scope)).map((grammar) => grammar.scopeName),
    });
}

/** The tokens of each line: `{ text, scopes }`. */
export function tokenize(grammar, text) {
    let state = INITIAL;
    return text
        .replace(/^\uFEFF/, '')
        .split(/\r?\n/)
        .map((line) => {
            const result = grammar.tokenizeLine(line, state);
            state = result.ruleStack;
            return result.tokens.map(({ startIndex, endIndex, scopes }) => ({
                text: line.slice(startIndex, endIndex),
                scopes,
            }));
        });
}
