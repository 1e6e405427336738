// What `voiden lsp` says of documents: the tokens of their scripts, and the lenses above their blocks.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** For each file `{ tokens: [{ line, start, end, type }], lenses }`, places from 0 and in UTF-16. */
export async function ask(voiden, files) {
    const child = spawn(voiden, ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const waiting = new Map();
    let buffer = Buffer.alloc(0);
    let last = 0;
    child.stdout.on('data', (chunk) => {
        buffer = Buffer.concat([buffer, chunk]);
        for (;;) {
            const end = buffer.indexOf('\r\n\r\n');
            const length = end < 0 ? NaN : Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1]);
            if (Number.isNaN(length) || buffer.length < end + 4 + length) {
                return;
            }
            const message = JSON.parse(buffer.toString('utf8', end + 4, end + 4 + length));
            buffer = buffer.subarray(end + 4 + length);
            if (message.method === undefined) {
                const { resolve, reject } = waiting.get(message.id);
                waiting.delete(message.id);
                message.error ? reject(new Error(message.error.message)) : resolve(message.result);
            }
        }
    });
    child.on('exit', (code) => waiting.forEach(({ reject }) => reject(new Error(`voiden lsp ended with ${code}`))));
    child.stdin.on('error', () => undefined);
    const say = (message) => {
        const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
        child.stdin.write(`Content-Length: ${text.length}\r\n\r\n`);
        child.stdin.write(text);
    };
    const request = (method, params) =>
        new Promise((resolve, reject) => {
            last += 1;
            waiting.set(last, { resolve, reject });
            say({ id: last, method, params });
        });

    const { capabilities } = await request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    say({ method: 'initialized', params: {} });
    const types = capabilities.semanticTokensProvider.legend.tokenTypes;
    const told = new Map();
    for (const file of files) {
        const uri = pathToFileURL(file).href;
        const text = readFileSync(file, 'utf8');
        say({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'markdown', version: 1, text } } });
        const { data } = await request('textDocument/semanticTokens/full', { textDocument: { uri } });
        const lenses = await request('textDocument/codeLens', { textDocument: { uri } });
        say({ method: 'textDocument/didClose', params: { textDocument: { uri } } });
        const tokens = [];
        let [line, start] = [0, 0];
        for (let at = 0; at < data.length; at += 5) {
            start = data[at] === 0 ? start + data[at + 1] : data[at + 1];
            line += data[at];
            tokens.push({ line, start, end: start + data[at + 2], type: types[data[at + 3]] });
        }
        told.set(file, { tokens, lenses: lenses ?? [] });
    }
    await request('shutdown');
    say({ method: 'exit' });
    child.stdin.end();
    return told;
}
