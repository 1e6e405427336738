import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ECHO } from './documents.mjs';
import { firefox } from './firefox.mjs';
import { serve, until } from './harness.mjs';

const CONTROL = '\uE009';
const ENTER = '\uE007';

test('the page works in Firefox, by keyboard alone', async (t) => {
  const { address, read } = await serve(t, { 'echo.md': ECHO });
  const { page, end } = await firefox();
  t.after(end);
  await page.visit(address);
  await until(() => page.evaluate('document.querySelector("main").getAttribute("aria-busy") === "false"'), 'the page');
  assert.equal(await page.evaluate('location.search'), '');
  const block = 'document.querySelector("section[aria-label=Greets]")';
  const status = () => page.evaluate(`${block}.querySelector("[role=status]").textContent`);
  const log = () => page.evaluate(`${block}.querySelector("[role=log]").innerText`);
  const focus = (what) => page.evaluate(`${block}.querySelector("${what}").focus()`);
  assert.equal(await status(), 'Disconnected');
  // A block runs.
  await focus('button.primary');
  await page.press(ENTER);
  await until(() => page.evaluate(`${block}.innerText.includes("✓ passed")`), 'the run');
  await until(async () => /← json \{"op":"hello"/.test(await log()), 'the log');
  await until(() => read('echo.md').includes('wss-log'), 'the transcript');
  // One connects, and says something.
  await page.evaluate(`[...${block}.querySelectorAll("button")].find((button) => button.textContent === "Connect").focus()`);
  await page.press(ENTER);
  await until(async () => (await status()) === 'Connected', 'the connection');
  await until(() => page.evaluate(`${block}.querySelector("[aria-label=Message]") !== null`), 'the composer');
  await focus('[aria-label=Message]');
  await page.press(...'{"op": "typed"}', [CONTROL, ENTER]);
  await until(async () => /← json \{"op":"typed"\}/.test(await log()), 'the echo');
  // Another tab's worth of events comes by the worker that tabs share; the script is edited in place.
  await page.evaluate(`[...${block}.querySelectorAll("button")].find((button) => button.textContent === "Edit").focus()`);
  await page.press(ENTER);
  await until(() => page.evaluate(`${block}.querySelector("[aria-label=Script]") !== null`), 'the editor');
  await page.press(...'# ', [CONTROL, 's']);
  await until(() => read('echo.md').includes('```/wss Greets\n# {{echo.url}}'), 'the save');
  assert.deepEqual(page.logged, []);
});
