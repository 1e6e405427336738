// What starts programs: the Test Explorer with the real one, the page with one that only gives an address.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const extension = require('../dist/test/extension.js');
const fake = globalThis.fakeVscode;
const { window, workspace } = fake.api;
const folder = mkdtempSync(join(tmpdir(), 'voiden-'));
const uriOf = (fsPath) => ({ fsPath, toString: () => pathToFileURL(fsPath).href });
const never = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };

const DOCUMENT = `\`\`\`/wss-server s
ws://127.0.0.1:0/
-> json {"n": 1}
\`\`\`

# One

\`\`\`/wss
{{s.url}}
<- json {"n": 1}
\`\`\`

\`\`\`/wss Two
{{s.url}}
<- json
-- check .n == 3
\`\`\`
`;

test('the blocks of documents are tests', { skip: !process.env.VOIDEN }, async () => {
    workspace.isTrusted = true;
    fake.settings.path = process.env.VOIDEN;
    const context = { subscriptions: [] };
    await extension.activate(context);
    const { controller } = fake;
    const good = join(folder, 'good: 1.md');
    const bad = join(folder, 'bad.md');
    const none = join(folder, 'none.md');
    writeFileSync(good, DOCUMENT);
    writeFileSync(bad, '```/wss Refused\nws://x/\n-> jso {}\n```\n');
    writeFileSync(none, '# Nothing\n');
    fake.found = [good, bad, none].map(uriOf);
    await controller.resolveHandler(undefined);
    const names = [];
    controller.items.forEach((item) => item.children.forEach(({ id, range }) => names.push(`${id}:${range.start.line}`)));
    assert.deepEqual(names.sort(), ['One:7', 'Refused:0', 'Two:12']);

    await controller.profiles.get('Run')({}, never);
    const told = new Map(fake.run.map(([verdict, id, message]) => [id, [verdict, message]]));
    assert.equal(told.get('One')[0], 'passed');
    const [verdict, message] = told.get('Two');
    assert.equal(verdict, 'failed');
    assert.equal(message.message, '.n == 3, but .n is 1');
    assert.match(readFileSync(good, 'utf8'), /```wss-log\n✗ 0 sent, 1 received/);
    // The transcripts that were written moved it.
    const place = message.location.position;
    assert.equal(readFileSync(good, 'utf8').split('\n')[place.line], '-- check .n == 3');
    assert.notEqual(DOCUMENT.split('\n')[place.line], '-- check .n == 3');
    assert.equal(told.get('Refused')[0], 'errored');
    assert.match(told.get('Refused')[1][0].message, /`jso` is not a format\ndid you mean/);
    assert.deepEqual(fake.run.at(-1), ['end']);

    // One block, compared: nothing is written, and the other one does not run.
    const before = readFileSync(good, 'utf8');
    const item = controller.items.get(uriOf(good).toString());
    await controller.profiles.get('Compare with the recorded transcripts')({ include: [item.children.get('One')] }, never);
    assert.deepEqual(
        fake.run.map(([verdict, id]) => [verdict, id]),
        [
            ['passed', 'One'],
            ['end', undefined],
        ],
    );
    assert.equal(readFileSync(good, 'utf8'), before);
    context.subscriptions.forEach((one) => one.dispose());
    await extension.deactivate();
});

test('the page is opened beside the document, by one program a document', async () => {
    const program = join(folder, 'program');
    const asked = join(folder, 'asked');
    // It ends when it is interrupted, as the real one does.
    writeFileSync(
        program,
        `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(asked)}, process.argv.slice(2).join(' ') + '\\n');
if (process.argv[2] === 'open') { console.log('http://127.0.0.1:7000/?token=abc'); setInterval(() => {}, 1000); }
`,
    );
    chmodSync(program, 0o755);
    fake.settings = { path: program, testExplorer: false };
    workspace.isTrusted = true;
    const context = { subscriptions: [] };
    await extension.activate(context);
    const file = join(folder, 'a.md');
    let saved = 0;
    window.activeTextEditor = {
        document: {
            languageId: 'markdown',
            isDirty: true,
            isUntitled: false,
            uri: uriOf(file),
            version: 1,
            getText: () => '',
            save: async () => (saved += 1) > 0,
        },
        selection: { active: { line: 0 } },
    };
    const open = fake.registered.get('voiden.editor.open');
    await open();
    assert.deepEqual(fake.opened, ['http://127.0.0.1:7000/?token=abc'], 'without an integrated browser the system’s is used');
    fake.commands = ['workbench.action.browser.open'];
    await open();
    assert.deepEqual(fake.executed.at(-1), [
        'workbench.action.browser.open',
        { url: 'http://127.0.0.1:7000/?token=abc', openToSide: true },
    ]);
    assert.equal(saved, 2);
    assert.equal(readFileSync(asked, 'utf8'), `open --no-browser -- ${file}\n`);

    writeFileSync(program, `#!${process.execPath}\nconsole.log('http://evil.example/');\n`);
    window.activeTextEditor.document.uri = uriOf(join(folder, 'b.md'));
    await open();
    assert.match(fake.messages.at(-1), /gave no address/);
    context.subscriptions.forEach((one) => one.dispose());
    await extension.deactivate();
});
