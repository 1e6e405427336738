import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const extension = require('../dist/test/extension.js');
const fake = globalThis.fakeVscode;
const clients = globalThis.fakeClients;
const { window, workspace } = fake.api;
const settled = () => new Promise((resolve) => setImmediate(resolve));

const markdown = (text, line) => ({
    document: { languageId: 'markdown', version: 1, uri: 'file:///a.md', getText: () => text },
    selection: { active: { line } },
});

test('nothing is started before the workspace is trusted', async () => {
    fake.settings.path = process.execPath;
    fake.settings.variables = { HOST: 'localhost' };
    const context = { subscriptions: [] };
    await extension.activate(context);
    assert.equal(clients.length, 0);
    assert.equal(fake.controllers, 0);

    window.activeTextEditor = markdown('```/wss\nws://x/\n```', 1);
    for (const name of ['runBlock', 'open', 'restart']) {
        await fake.registered.get(`voiden.editor.${name}`)();
    }
    assert.equal(clients.length, 0);
    assert.deepEqual(
        fake.executed.filter(([name]) => name === 'workbench.trust.manage').length,
        3,
        'each asks for trust instead',
    );

    workspace.isTrusted = true;
    fake.events.emit('trust');
    await settled();
    assert.equal(clients.length, 1);
    assert.equal(fake.controllers, 1);
    assert.deepEqual(clients[0].server, { command: process.execPath, args: ['lsp', '--var=HOST=localhost'] });
    assert.ok(clients[0].started);
});

test('the block at the cursor is run by the command of its lens', async () => {
    const text = '# A\n\n```/wss One\nws://x/\n```\n\n```/wss Two\nws://x/\n-> text a\n```\n\n```wss-log\n✓\n```\n';
    const lens = (line, title, name) => ({
        range: { start: { line } },
        command: { title, command: 'voiden.run', arguments: [name] },
    });
    const client = clients.at(-1);
    client.lenses = [lens(2, 'Run', 'One'), lens(2, 'Run all', 'all'), lens(6, 'Run', 'Two')];
    window.activeTextEditor = markdown(text, 12);
    await fake.registered.get('voiden.editor.runBlock')();
    assert.deepEqual(client.requests.at(-1), ['workspace/executeCommand', { command: 'voiden.run', arguments: ['Two'] }]);

    window.activeTextEditor = markdown(text, 0);
    const asked = client.requests.length;
    await fake.registered.get('voiden.editor.runBlock')();
    assert.equal(client.requests.length, asked, 'between blocks nothing is run');
});

test('the key is there where the cursor is in a block, and nowhere else', () => {
    const contexts = () => Object.fromEntries(fake.executed.filter(([name]) => name === 'setContext').map(([, ...set]) => set));
    const text = 'prose\n\n```/wss\nws://x/\n```\n';
    window.activeTextEditor = markdown(text, 3);
    fake.events.emit('selection');
    assert.deepEqual(contexts(), { 'voiden.inBlock': true, 'voiden.hasBlocks': true });
    window.activeTextEditor.selection.active.line = 0;
    fake.events.emit('selection');
    assert.deepEqual(contexts(), { 'voiden.inBlock': false, 'voiden.hasBlocks': true });
    window.activeTextEditor = undefined;
    fake.events.emit('editor');
    assert.deepEqual(contexts(), { 'voiden.inBlock': false, 'voiden.hasBlocks': false });
});

test('a program that is not there is said once, and starts nothing', async () => {
    fake.settings.path = '/nowhere/voiden';
    const before = clients.length;
    fake.events.emit('configuration', { affectsConfiguration: (name) => name === 'voiden' });
    await settled();
    await settled();
    assert.equal(clients.length, before);
    assert.ok(clients.at(-1).disposed);
    assert.match(fake.messages.at(-1), /no program `\/nowhere\/voiden`/);
    const said = fake.messages.length;
    fake.events.emit('configuration', { affectsConfiguration: (name) => name === 'voiden' });
    await settled();
    await settled();
    assert.equal(fake.messages.length, said);
    await fake.registered.get('voiden.editor.restart')();
    assert.equal(fake.messages.length, said + 1, 'who asks is told again');
});
