import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { accessibility, close, open, until } from './harness.mjs';
import { ECHO } from './documents.mjs';

after(close);

test('a page that was opened runs nothing, and hides its token', async (t) => {
  const { page, block, read, address } = await open(t, { 'echo.md': ECHO });
  assert.equal(new URL(page.url()).search, '');
  assert.equal(await block('Greets').getByRole('status').textContent(), 'Disconnected');
  assert.equal(await block('echo').getByRole('status').textContent(), 'Stopped');
  assert.equal(read('echo.md'), ECHO);
  await page.getByRole('heading', { name: 'Greets' }).waitFor();
  await page.reload();
  await block('Greets').getByRole('button', { name: 'Run' }).waitFor();
  await page.goto(address);
  await block('Greets').getByRole('button', { name: 'Run' }).waitFor();
});

test('a block runs, its log is live, and its transcript is written', async (t) => {
  const { page, block, read, errors } = await open(t, { 'echo.md': ECHO });
  const greets = block('Greets');
  await greets.getByRole('button', { name: 'Run' }).click();
  await greets.getByText('✓ passed').waitFor();
  const log = greets.getByRole('log');
  const text = await log.innerText();
  assert.match(text, /\d\d:\d\d:\d\d\.\d{3} → json/);
  assert.match(text, /← json \{"op":"hello","list":\[1,2,\{"deep":12345678901234567890\}\]\}/);
  assert.match(await greets.getByRole('status').textContent(), /^Disconnected$/);
  await until(() => read('echo.md').includes('wss-log'), 'the transcript');
  // JSON folds, and unfolds by keyboard alone.
  const row = log.locator('details.row').filter({ hasText: '←' });
  await row.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  await row.locator('.json').getByText('"list"').waitFor();
  const deep = row.locator('.json summary', { hasText: '1 key' });
  await deep.focus();
  await page.keyboard.press('Enter');
  await row.locator('.json').getByText('12345678901234567890').waitFor();
  await greets.getByRole('searchbox', { name: 'Filter' }).fill('→');
  assert.equal(await log.locator('.row').count(), 2);
  assert.deepEqual(errors, []);
});

test('what fails is marked at its step, and keeps no other from running', async (t) => {
  const broken = '\n```/wss Broken\n{{echo.url}}\n-> nonsense here\n```\n';
  const { page, block, errors } = await open(t, { 'echo.md': ECHO + broken });
  await page.getByRole('button', { name: 'Run all' }).click();
  await block('Works still').getByText('✓ passed').waitFor();
  await block('Greets').getByText('✓ passed').waitFor();
  const fails = block('Fails');
  await fails.getByText('✗ failed').waitFor();
  const line = fails.locator('.line', { hasText: '<- text two' });
  assert.match(await line.innerText(), /no text "?two"? within 300ms/);
  assert.match(await block('Broken').locator('.line.wrong').innerText(), /nonsense/);
  assert.deepEqual(errors, []);
});

test('a server is served until it is stopped', async (t) => {
  const { block, context } = await open(t, { 'echo.md': ECHO });
  const echo = block('echo');
  await echo.getByRole('button', { name: 'Serve' }).click();
  await echo.getByRole('status').getByText(/^Listening ws:\/\/127\.0\.0\.1:\d+\/$/).waitFor();
  const url = (await echo.getByRole('status').textContent()).split(' ')[1];
  const other = await context.newPage();
  const heard = await other.evaluate(
    (url) =>
      new Promise((done, failed) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send('from outside');
        socket.onmessage = ({ data }) => {
          socket.close();
          done(data);
        };
        socket.onerror = failed;
      }),
    url,
  );
  assert.equal(heard, 'from outside');
  await echo.getByRole('log').getByText('from outside').first().waitFor();
  await echo.getByRole('button', { name: 'Stop' }).click();
  await echo.getByRole('status').getByText('Stopped').waitFor();
});

test('an interrupt closes what is connected and ends with 0', async (t) => {
  const waits = '\n```/wss Waits\n{{echo.url}}\n-- wait 60s\n```\n';
  const { block, child, ended } = await open(t, { 'echo.md': ECHO + waits });
  await block('Waits').getByRole('button', { name: 'Run' }).click();
  await block('Waits').getByRole('status').getByText('Connected', { exact: true }).waitFor();
  const began = Date.now();
  child.kill('SIGINT');
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.ok(Date.now() - began < 3000, `${Date.now() - began} ms`);
});

test('eight tabs show the same', async (t) => {
  const { visit, page, block } = await open(t, { 'echo.md': ECHO });
  const tabs = [page];
  while (tabs.length < 8) tabs.push(await visit());
  await block('Greets', tabs[7]).getByRole('button', { name: 'Run' }).click();
  for (const tab of tabs) await block('Greets', tab).getByText('✓ passed').waitFor();
  for (const tab of tabs) assert.match(await block('Greets', tab).getByRole('log').innerText(), /← json/);
});

for (const colorScheme of ['light', 'dark']) {
  test(`the page is for everyone (${colorScheme})`, async (t) => {
    const viewport = { width: 400, height: 800 };
    const { page, block } = await open(t, { 'echo.md': ECHO }, { colorScheme, viewport });
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Run all' }).click();
    await block('Works still').getByText('✓ passed').waitFor();
    await block('Fails').getByRole('button', { name: 'Edit' }).click();
    await block('Fails').getByRole('textbox', { name: 'Script' }).waitFor();
    assert.deepEqual(await accessibility(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 400, `${wide} pixels wide`);
  });
}
