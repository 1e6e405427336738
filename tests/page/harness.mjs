// Starts `voiden open` on documents of a test's own, and a browser that looks at them.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(`${process.env.PACKAGES}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let browser;

/** Opens documents, `{name: text}`; gives the page and what goes with it. Everything ends with the test. */
export async function open(test, files, { options = [], viewport, colorScheme } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'voiden-page-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const child = spawn(process.env.VOIDEN, ['open', '--no-browser', ...options, '.'], { cwd: folder });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const address = await new Promise((done, failed) => {
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      if (out.includes('\n')) done(out.split('\n')[0]);
    });
    child.on('exit', () => failed(new Error(`voiden ended: ${said}`)));
  });
  browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport, colorScheme });
  const errors = [];
  const visit = async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(60000);
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('dialog', (dialog) => errors.push(`dialog: ${dialog.message()}`));
    await page.goto(address);
    await page.locator('main[aria-busy=false]').waitFor();
    return page;
  };
  const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
  test.after(async () => {
    await context.close();
    child.kill('SIGKILL');
    await ended;
  });
  const page = await visit();
  return {
    page,
    context,
    visit,
    address,
    errors,
    child,
    ended,
    path: (name) => join(folder, name),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(join(folder, name), text),
    block: (name, on = page) => on.getByRole('region', { name, exact: true }),
  };
}

/** Closes the browser, so that node ends. */
export async function close() {
  await browser?.close();
  browser = undefined;
}

/** What axe says against a page: nothing, if all is well. */
export async function accessibility(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/** Waits until something holds. */
export async function until(holds, what = 'it') {
  for (let tries = 0; tries < 300; tries += 1) {
    const value = await holds();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} never came to hold`);
}
