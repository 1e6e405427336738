// Drives Firefox over WebDriver BiDi: what playwright-core cannot do with a Firefox as Debian has it.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts it without a window; gives a page, and what ends it. */
export async function firefox() {
  const profile = mkdtempSync(join(tmpdir(), 'voiden-firefox-'));
  const child = spawn('firefox-esr', ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], {
    env: { ...process.env, HOME: profile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise((done, failed) => {
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
      const found = /WebDriver BiDi listening on (\S+)/.exec(said);
      if (found) done(found[1]);
    });
    child.on('exit', () => failed(new Error(`Firefox ended: ${said}`)));
  });
  const socket = new WebSocket(`${address}/session`);
  await new Promise((done, failed) => {
    socket.onopen = done;
    socket.onerror = failed;
  });
  const waiting = new Map();
  let last = 0;
  const logged = [];
  socket.onmessage = ({ data }) => {
    const { id, type, result, message, method, params } = JSON.parse(data);
    if (method === 'log.entryAdded' && params.level === 'error') logged.push(params.text);
    if (!waiting.has(id)) return;
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (type === 'error') failed(new Error(message));
    else done(result);
  };
  const command = (method, params = {}) =>
    new Promise((done, failed) => {
      last += 1;
      waiting.set(last, { done, failed });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await command('session.new', { capabilities: {} });
  await command('session.subscribe', { events: ['log.entryAdded'] });
  const { context } = await command('browsingContext.create', { type: 'tab' });
  const page = {
    logged,
    visit: (url) => command('browsingContext.navigate', { context, url, wait: 'complete' }),
    /** What an expression gives, as JSON. */
    async evaluate(expression) {
      const { result, exceptionDetails } = await command('script.evaluate', {
        expression: `(async () => JSON.stringify(await (${expression})))()`,
        target: { context },
        awaitPromise: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result.value === undefined ? undefined : JSON.parse(result.value);
    },
    /** Presses keys one after the other; several in one of them together. */
    async press(...keys) {
      const actions = keys.flatMap((together) => {
        const each = [...together];
        return [
          ...each.map((value) => ({ type: 'keyDown', value })),
          ...each.reverse().map((value) => ({ type: 'keyUp', value })),
        ];
      });
      await command('input.performActions', { context, actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
  };
  const end = async () => {
    socket.close();
    child.kill('SIGKILL');
    await new Promise((done) => (child.exitCode === null && child.signalCode === null ? child.on('exit', done) : done()));
  };
  return { page, end };
}
