import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const { blockAt, blocks } = require('../dist/test/blocks.js');
const { lensOf } = require('../dist/test/lenses.js');
const { listed, outcomes } = require('../dist/test/outcomes.js');
const { findProgram, options } = require('../dist/test/program.js');

const lines = (text) => text.split('\n');

test('a block reaches from its fence to the end of its transcript', () => {
    const text = lines('a\n```/wss\nws://x/\n```\n\n```wss-log\n✓\n```\n\nb\n```wss-log\n```');
    assert.deepEqual(blocks(text), [{ word: '/wss', start: 1, end: 3, last: 7 }]);
    assert.equal(blockAt(text, 0), undefined);
    assert.equal(blockAt(text, 6)?.start, 1);
    assert.equal(blockAt(text, 9), undefined);
});

test('a heading parts a block from a transcript', () => {
    assert.equal(blocks(lines('```/wss\n```\n# A\n```wss-log\n```'))[0].last, 1);
});

test('fences are told as CommonMark tells them', () => {
    const words = (text) => blocks(lines(text)).map(({ word }) => word);
    assert.deepEqual(words('~~~/http\n```/wss\n~~~'), ['/http']);
    assert.deepEqual(words('````md\n```/wss\n```\n````\n```/wss-server x\n```'), ['/wss-server']);
    assert.deepEqual(words('> ```/wss\n> x\n\n```/http\n```'), ['/wss', '/http']);
    assert.deepEqual(words('- ```/wss\n  x\n\n  ```\n- b'), ['/wss']);
    assert.deepEqual(words('- ```/wss\n  x\nprose\n```/http\n```'), ['/wss', '/http']);
    assert.deepEqual(words('```/wss a`b\n'), []);
    assert.deepEqual(words('---\na: |\n  ```/wss\n---\n```/http\n```'), ['/http']);
    assert.deepEqual(words('```/wssx\n```\n```wss\n```'), []);
});

test('the blocks of documents are those that voiden lists', { skip: !process.env.DOCUMENTS || !process.env.VOIDEN }, () => {
    const files = readFileSync(process.env.DOCUMENTS, 'utf8').trim().split('\n');
    for (const file of files) {
        let said = '';
        try {
            said = execFileSync(process.env.VOIDEN, ['list', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
        } catch (error) {
            said = error.stdout;
        }
        const expected = listed(said).map(({ line, word }) => `${line} ${word}`);
        const found = blocks(readFileSync(file, 'utf8').split(/\r?\n/)).map(({ start, word }) => `${start + 1} ${word}`);
        assert.deepEqual(found, expected, file);
    }
});

test('what a snippet gives is a valid document', { skip: !process.env.VOIDEN }, () => {
    const snippets = JSON.parse(readFileSync(new URL('../snippets/markdown.json', import.meta.url), 'utf8'));
    const folder = mkdtempSync(join(tmpdir(), 'voiden-'));
    for (const [title, { body }] of Object.entries(snippets)) {
        let text = body.join('\n');
        // The inner ones first.
        for (let before; before !== text; ) {
            before = text;
            text = text.replace(/\$\{\d+:([^${}]*)\}/g, '$1').replace(/\$\{\d+\|([^,|]*)[^}]*\|\}/g, '$1').replace(/\$\d/g, '');
        }
        const file = join(folder, 'a.md');
        writeFileSync(file, `${text}\n`);
        execFileSync(process.env.VOIDEN, ['check', file], { stdio: ['ignore', 'ignore', 'inherit'] });
        assert.equal(blocks(text.split('\n')).length, 1, title);
    }
});

test('the lens of a block runs it; a server is served', () => {
    const lens = (line, title) => ({ range: { start: { line } }, command: { title, command: title } });
    const block = { word: '/wss', start: 3, end: 9, last: 20 };
    const title = (...lenses) => lensOf(lenses, block)?.command.title;
    assert.equal(title(lens(0, 'Run all'), lens(3, 'Run all'), lens(3, '▶ Run')), '▶ Run');
    assert.equal(title(lens(3, 'Serve'), lens(3, 'Run all')), 'Serve');
    assert.equal(title(lens(30, 'Run')), undefined);
});

test('what list and run say is read', () => {
    assert.deepEqual(listed('C:\\a b.md:17\t/wss\tTwo: 2\tx\nnoise\n'), [
        { file: 'C:\\a b.md', line: 17, word: '/wss', name: 'Two: 2\tx' },
    ]);
    const report = {
        documents: [
            {
                problems: [{ message: 'm', hint: 'h', line: 3, column: 4 }],
                sessions: [
                    { name: 'One', line: 8, outcome: 'failed', took: 104399, failure: { message: 'no json', line: 10, column: 15 } },
                    { name: 'Two', line: 20, outcome: 'passed', took: 1000 },
                ],
            },
        ],
    };
    const { problems, sessions } = outcomes(JSON.stringify(report));
    assert.deepEqual(problems, [{ message: 'm\nh', line: 3, column: 4 }]);
    assert.deepEqual(
        sessions.map(({ name, outcome, message, line, column }) => [name, outcome, message, line, column]),
        [
            ['One', 'failed', 'no json', 10, 15],
            ['Two', 'passed', '', 20, 0],
        ],
    );
    assert.deepEqual(outcomes('{}').sessions, []);
    assert.throws(() => outcomes(''));
});

test('a program is looked for in PATH, and never in the folder that is open', () => {
    const folder = mkdtempSync(join(tmpdir(), 'voiden-'));
    mkdirSync(join(folder, 'bin'));
    for (const file of ['voiden', 'bin/voiden', 'plain']) {
        writeFileSync(join(folder, file), '');
        chmodSync(join(folder, file), file === 'plain' ? 0o644 : 0o755);
    }
    const find = (setting, path) => findProgram(setting, { platform: 'linux', variables: { PATH: path, HOME: folder } });
    const before = process.cwd();
    process.chdir(folder);
    try {
        assert.equal(find('voiden', `${folder}/bin`), join(folder, 'bin/voiden'));
        assert.equal(find('', `${folder}/bin`), join(folder, 'bin/voiden'));
        assert.equal(find('voiden', `.:bin:`), undefined);
        assert.equal(find('./voiden', ''), undefined);
        assert.equal(find('bin/voiden', ''), undefined);
        assert.equal(find('~/voiden', ''), join(folder, 'voiden'));
        assert.equal(find(join(folder, 'voiden'), ''), join(folder, 'voiden'));
        assert.equal(find('plain', folder), undefined);
    } finally {
        process.chdir(before);
    }
});

test('no value of a setting is taken for an option', () => {
    const settings = {
        env: '--allow-env',
        envFiles: ['a.env'],
        variables: { A: '-x', B: '' },
        fileRoot: '',
        timeout: '2s',
        allowEnv: ['HOME'],
        allowUnix: [],
        allowAddress: ['169.254.169.254'],
    };
    assert.deepEqual(options(settings), [
        '--env=--allow-env',
        '--env-file=a.env',
        '--var=A=-x',
        '--var=B=',
        '--timeout=2s',
        '--allow-env=HOME',
        '--allow-address=169.254.169.254',
    ]);
});
