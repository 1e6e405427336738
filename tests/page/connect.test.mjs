import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { accessibility, close, open, until } from './harness.mjs';
import { ECHO } from './documents.mjs';

after(close);

test('one connects, writes messages, and disconnects', async (t) => {
  const { page, visit, block, read, errors } = await open(t, { 'echo.md': ECHO });
  const greets = block('Greets');
  await greets.getByRole('button', { name: 'Connect' }).click();
  await greets.getByRole('status').getByText('Connected', { exact: true }).waitFor();
  const message = greets.getByRole('textbox', { name: 'Message' });
  const format = greets.getByRole('combobox', { name: 'Format' });
  await format.selectOption('JSON');
  await message.fill('{"op": }');
  await greets.getByText(/not JSON/).waitFor();
  await message.press('Control+Enter');
  assert.equal(await message.inputValue(), '{"op": }');
  const log = greets.getByRole('log');
  assert.doesNotMatch(await log.innerText(), /→ json/);
  await message.fill('{"op": "typed"}');
  await until(async () => (await greets.getByText(/not JSON/).count()) === 0, 'nothing is wrong');
  await message.press('Control+Enter');
  await log.getByText('"typed"').nth(1).waitFor();
  assert.equal(await message.inputValue(), '');
  await format.selectOption('Text');
  await message.fill('-> no step');
  await greets.getByRole('button', { name: 'Send' }).click();
  await log.getByText('-> no step').nth(1).waitFor();
  await format.selectOption('Binary');
  await message.fill('hex 00 0g');
  await greets.locator('.problem.error').waitFor();
  await message.fill('hex 00 01');
  await message.press('Control+Enter');
  await log.getByText('hex 00 01').first().waitFor();
  assert.deepEqual(await accessibility(page), []);
  // It outlives a reload, and other tabs show it.
  await page.reload();
  await greets.getByRole('status').getByText('Connected', { exact: true }).waitFor();
  const other = await visit();
  await block('Greets', other).getByRole('log').getByText('"typed"').first().waitFor();
  await block('Greets', other).getByRole('button', { name: 'Disconnect' }).click();
  await greets.getByRole('status').getByText('Disconnected').waitFor();
  assert.match(await log.innerText(), /→ close 1000/);
  assert.equal(read('echo.md'), ECHO);
  assert.deepEqual(errors, []);
});

test('a block with clients asks whose message it is', async (t) => {
  const fence = '```';
  const room = `\n${fence}/wss Room\n{{echo.url}}\n@clients alice, bob\n\nalice -> text hi\n${fence}\n`;
  const { block } = await open(t, { 'echo.md': ECHO + room });
  const of = block('Room');
  await of.getByRole('button', { name: 'Connect' }).click();
  await of.getByRole('status').getByText('Connected', { exact: true }).waitFor();
  await of.getByRole('combobox', { name: 'Client' }).selectOption('bob');
  await of.getByRole('combobox', { name: 'Format' }).selectOption('Text');
  await of.getByRole('textbox', { name: 'Message' }).fill('from bob');
  await of.getByRole('button', { name: 'Send' }).click();
  await until(async () => /bob → text from bob/.test(await of.getByRole('log').innerText()), 'it is sent');
});

test('what was sent and what came back is added to the script, which runs', async (t) => {
  const { block, read, errors } = await open(t, { 'echo.md': ECHO });
  const works = block('Works still');
  await works.getByRole('button', { name: 'Connect' }).click();
  await works.getByRole('status').getByText('Connected', { exact: true }).waitFor();
  const add = works.getByRole('button', { name: 'Add to script' });
  assert.ok(await add.isDisabled());
  const message = works.getByRole('textbox', { name: 'Message' });
  await message.fill('{"op": "typed", "id": "2f1c7d36-5a3a-4a39-9f3b-0c2a4d3f9a11"}');
  await message.press('Control+Enter');
  await works.getByRole('log').getByText('"typed"').nth(1).waitFor();
  await add.click();
  await works.locator('.script').getByText('"typed"').first().waitFor();
  const script = read('echo.md').split('```/wss Works still\n')[1].split('```')[0];
  assert.match(script, /^\{\{echo\.url\}\}\n\n-> text last\n<- text last\n\n-> json/);
  assert.match(script, /<- json [^]*"op": "typed"/);
  assert.ok(await add.isDisabled());
  await works.getByRole('button', { name: 'Disconnect' }).click();
  await works.getByRole('button', { name: 'Run' }).click();
  await works.getByText('✓ passed').waitFor();
  assert.deepEqual(errors, []);
});
