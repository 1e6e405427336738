import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { close, open, until } from './harness.mjs';
import { ECHO } from './documents.mjs';

after(close);

test('a script is checked as one types, and only its bytes are saved', async (t) => {
  const { page, block, read, errors } = await open(t, { 'echo.md': ECHO });
  const greets = block('Greets');
  await greets.getByRole('button', { name: 'Edit' }).click();
  const script = greets.getByRole('textbox', { name: 'Script' });
  const before = await script.inputValue();
  await script.fill(before.replace('-> json', '-> jsn'));
  await greets.getByText(/line 3, column \d+/).waitFor();
  await script.fill(before.replaceAll('hello', 'bye'));
  await until(async () => (await greets.getByText(/line 3, column/).count()) === 0, 'nothing is wrong');
  await script.press('Control+s');
  await script.waitFor({ state: 'detached' });
  assert.equal(read('echo.md'), ECHO.replaceAll('"hello"', '"bye"'));
  await greets.getByRole('button', { name: 'Edit' }).click();
  await script.fill(before);
  await script.press('Control+Enter');
  await greets.getByText('✓ passed').waitFor();
  assert.deepEqual(errors, []);
});

test('a save that came in between stays, and so does what was typed', async (t) => {
  const { block, read, write } = await open(t, { 'echo.md': ECHO });
  const greets = block('Greets');
  await greets.getByRole('button', { name: 'Edit' }).click();
  const script = greets.getByRole('textbox', { name: 'Script' });
  const mine = (await script.inputValue()).replaceAll('hello', 'mine');
  await script.fill(mine);
  const theirs = ECHO.replaceAll('"hello"', '"theirs"');
  write('echo.md', theirs);
  await greets.getByRole('alert').getByText(/What you typed is still here/).waitFor();
  await greets.getByRole('button', { name: 'Save', exact: true }).click();
  await greets.getByRole('alert').getByText(/nothing was written/).waitFor();
  assert.equal(read('echo.md'), theirs);
  assert.equal(await script.inputValue(), mine);
  await greets.getByRole('button', { name: 'Save mine over it' }).click();
  await script.waitFor({ state: 'detached' });
  assert.equal(read('echo.md'), ECHO.replaceAll('"hello"', '"mine"'));
});

test('edits made elsewhere show up at once, around what one types', async (t) => {
  const { page, block, write } = await open(t, { 'echo.md': ECHO });
  const greets = block('Greets');
  await greets.getByRole('button', { name: 'Edit' }).click();
  const script = greets.getByRole('textbox', { name: 'Script' });
  await script.press('Control+End');
  await script.pressSequentially('\n-- note half');
  write('echo.md', `A new first line.\n\n${ECHO}`);
  await page.getByText('A new first line.').waitFor();
  await script.pressSequentially(' and half');
  assert.match(await script.inputValue(), /-- note half and half$/);
  write('other.md', '# Another one\n');
  await page.getByRole('heading', { name: 'Another one' }).waitFor();
});

test('a secret is neither shown nor lost', async (t) => {
  const text = '---\nvoiden:\n  vars: {PASSWORD: hunter2-long}\n  secrets: [PASSWORD]\n---\n\n'
    + 'Say hunter2-long.\n\n```/wss A\nws://127.0.0.1:1/\n-> text hunter2-long\n-> text b\n```\n';
  const { page, block, read } = await open(t, { 'a.md': text });
  assert.doesNotMatch(await page.content(), /hunter2/);
  await block('A').getByRole('button', { name: 'Edit' }).click();
  const script = block('A').getByRole('textbox', { name: 'Script' });
  await script.fill((await script.inputValue()).replace('text b', 'text c'));
  await script.press('Control+s');
  await script.waitFor({ state: 'detached' });
  assert.equal(read('a.md'), text.replace('text b', 'text c'));
});
