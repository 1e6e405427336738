// Speaks to the servers of servers.md from a page in Chromium, and ends them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { chromium } = createRequire(`${process.argv[2]}/`)('playwright-core');
const url = (name) => process.env[`URL_${name}`];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await (await browser.newContext()).newPage();

/** Sends texts one by one in the page; what came back, and the extensions that were agreed on. */
const echoed = (address, texts) => page.evaluate(async ([address, texts]) => {
  const socket = new WebSocket(address);
  const next = (name) => new Promise((resolve, reject) => {
    socket.addEventListener(name, resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('failed')), { once: true });
  });
  await next('open');
  const back = [];
  for (const text of texts) {
    socket.send(text);
    back.push((await next('message')).data);
  }
  const closed = next('close');
  socket.close(1000);
  return { back, extensions: socket.extensions, code: (await closed).code };
}, [address, texts]);

const texts = ['', 'a', 'ab'.repeat(5000), 'ab'.repeat(5000), 'Grüße, 🦀 '.repeat(99), 'x'.repeat(1_000_000)];
for (const [name, expected] of [
  ['packed', 'permessage-deflate'],
  ['lean', 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
  ['echo', ''],
]) {
  assert.deepEqual(await echoed(url(name), texts), { back: texts, extensions: expected, code: 1000 });
  console.log('ok', name);
}
await browser.close();
process.kill(Number(process.env.SERVER_PID), 'SIGTERM');
