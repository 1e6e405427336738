// Writes the grammars in syntaxes/ out of the rules in this folder. With --check it only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { log } from './log.mjs';
import { payloads } from './payloads.mjs';
import { script } from './script.mjs';

const repository = { ...script, ...payloads };
const note = 'Made by grammar/build.mjs: edit the rules there.';

// The blocks of a document, in lists and quotes too. The rule around a block is there for its end: the rules within hold
// as long as no line closes the fence, and end with it whatever is unfinished in them.
function fence(words, content, name) {
    const open = `(^|\\G)([ \\t]*)(\`{3,}|~{3,})[ \\t]*`;
    return {
        name: 'markup.fenced_code.block.markdown meta.voiden.markdown',
        begin: `(^|\\G)(?=([ \\t]*)(\`{3,}|~{3,})[ \\t]*(?:${words})(?:[ \\t][^\`]*)?$)`,
        end: `(^|\\G)(\\2|[ \\t]{0,3})(\\3[\`~]*)[ \\t]*$`,
        endCaptures: { 3: { name: 'punctuation.definition.markdown' } },
        patterns: [
            {
                begin: `${open}(${words})(?:[ \\t]+([^\`]*?))?[ \\t]*$`,
                while: `(^|\\G)(?!(?:\\2|[ \\t]{0,3})\\3[\`~]*[ \\t]*$)(?:\\2)?`,
                beginCaptures: {
                    3: { name: 'punctuation.definition.markdown' },
                    4: { name: 'fenced_code.block.language.markdown' },
                    5: { name: 'fenced_code.block.language.attributes.markdown entity.name.section.wss' },
                },
                contentName: name,
                patterns: [{ include: content }],
            },
        ],
    };
}

const grammars = {
    'wss.tmLanguage.json': {
        information_for_contributors: [note],
        name: 'WebSocket script',
        scopeName: 'source.wss',
        patterns: [{ include: '#client' }],
        repository,
    },
    'wss-server.tmLanguage.json': {
        information_for_contributors: [note],
        name: 'WebSocket server script',
        scopeName: 'source.wss.server',
        patterns: [{ include: 'source.wss#server' }],
    },
    'wss-log.tmLanguage.json': {
        information_for_contributors: [note],
        name: 'WebSocket transcript',
        scopeName: 'source.wss-log',
        patterns: [{ include: '#log' }],
        repository: { ...log, ...payloads },
    },
    'markdown.tmLanguage.json': {
        information_for_contributors: [note],
        scopeName: 'markdown.voiden.codeblock',
        injectionSelector: 'L:text.html.markdown - markup.fenced_code - comment',
        patterns: [
            fence('/wss-server', 'source.wss.server', 'meta.embedded.block.wss'),
            fence('/wss|/http', 'source.wss', 'meta.embedded.block.wss'),
            fence('wss-log', 'source.wss-log', 'meta.embedded.block.wss-log'),
        ],
    },
};

let stale = 0;
for (const [file, grammar] of Object.entries(grammars)) {
    const path = new URL(`../syntaxes/${file}`, import.meta.url);
    const text = `${JSON.stringify(grammar, null, 1)}\n`;
    if (process.argv.includes('--check')) {
        let there = '';
        try {
            there = readFileSync(path, 'utf8');
        } catch {}
        if (there !== text) {
            console.error(`syntaxes/${file} is out of date: node grammar/build.mjs`);
            stale = 1;
        }
    } else {
        writeFileSync(path, text);
    }
}
process.exitCode = stale;
