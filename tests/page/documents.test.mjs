import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { close, open, until } from './harness.mjs';

after(close);

const fence = '```';
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const HELLO = `# Hello

${fence}/wss-server api
ws://127.0.0.1:0/ws

-- on GET /hello
-> HTTP 200 json {"hello": "{{NAME}}"}
${fence}

${fence}/http Asks
GET {{api.http}}/hello

<- HTTP 200
<- json {"hello": "staging"}
${fence}
`;

test('an answer has its status, and the environment is chosen in the page', async (t) => {
  const { page, block, errors } = await open(t, {
    'hello.md': HELLO,
    '.env': 'NAME=plain\n',
    '.env.staging': 'NAME=staging\n',
  });
  const asks = block('Asks');
  const run = asks.getByRole('button', { name: 'Run', exact: true });
  assert.equal(await asks.getByRole('status').textContent(), 'Not run');
  await run.click();
  await asks.getByText('✗ failed').waitFor();
  assert.equal(await asks.getByRole('status').textContent(), '200 OK');
  assert.match(await asks.getByRole('log').innerText(), /← json \{"hello":"plain"\}/);
  const environment = page.getByRole('combobox', { name: 'Environment' });
  assert.deepEqual(await environment.locator('option').allTextContents(), ['none', 'staging']);
  await environment.selectOption('staging');
  await page.reload();
  await until(async () => (await environment.inputValue()) === 'staging', 'the choice is kept');
  await run.click();
  await asks.getByText('✓ passed').waitFor();
  assert.deepEqual(errors, []);
});

test('several documents lead to one another, and pictures come from where they lie', async (t) => {
  const links = '[script](javascript:globalThis.pwned=1) [data](data:text/html,x) [file](file:///etc/passwd)'
    + ' [far](https://example.invalid/) [mail](mailto:a@example.invalid) [other](more/other.md) [below](#below)';
  const pictures = '![in](in.png) ![deep](more/deep.png) ![out](../out.png) ![root](/etc/hosts.png) ![far](https://example.invalid/a.png)';
  const { page, errors } = await open(
    t,
    {
      'docs/one.md': `# One\n\n${links}\n\n${pictures}\n${'\nA line.\n'.repeat(60)}\n## Below\n`,
      'docs/more/other.md': '# Other\n',
      'docs/in.png': PICTURE,
      'docs/more/deep.png': PICTURE,
      'out.png': PICTURE,
    },
    { named: 'docs' },
  );
  const prose = page.getByRole('article', { name: 'docs/one.md' });
  const kept = await prose.locator('a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  assert.deepEqual(kept, ['https://example.invalid/', 'mailto:a@example.invalid', 'more/other.md', '#below']);
  const seen = prose.locator('img');
  await until(() => seen.evaluateAll((all) => all.every((picture) => picture.naturalWidth === 1)), 'the pictures');
  assert.deepEqual(await seen.evaluateAll((all) => all.map((picture) => picture.alt)), ['in', 'deep']);
  assert.deepEqual(await prose.locator('.no-picture').allTextContents(), ['out', 'root', 'far']);
  await prose.getByRole('link', { name: 'below' }).click();
  await until(() => prose.getByRole('heading', { name: 'Below' }).evaluate((it) => it.getBoundingClientRect().top < innerHeight), 'the heading');
  await page.getByRole('navigation', { name: 'Documents' }).getByRole('link', { name: 'docs/more/other.md' }).click();
  await until(
    () => page.getByRole('heading', { name: 'Other', exact: true }).evaluate((it) => it.getBoundingClientRect().top < innerHeight),
    'the other document',
  );
  await prose.getByRole('link', { name: 'other' }).click();
  assert.equal(new URL(page.url()).pathname, '/');
  assert.deepEqual(errors, []);
});
