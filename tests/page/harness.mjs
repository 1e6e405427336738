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

/** Starts `voiden open` on documents, `{name: text}`, in a folder of their own. It ends with the test. */
export async function serve(test, files, { options = [], named = '.' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'voiden-page-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const child = spawn(process.env.VOIDEN, ['open', '--no-browser', ...options, named], { cwd: folder });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
  test.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const address = await new Promise((done, failed) => {
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      if (out.includes('\n')) done(out.split('\n')[0]);
    });
    child.on('exit', () => failed(new Error(`voiden ended: ${said}`)));
  });
  return {
    address,
    child,
    ended,
    path: (name) => join(folder, name),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(join(folder, name), text),
  };
}

/** The same, with a page that shows them, and what goes with it. */
export async function open(test, files, { viewport, colorScheme, ...serving } = {}) {
  const served = await serve(test, files, serving);
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport, colorScheme });
  test.after(() => context.close());
  const errors = [];
  const visit = async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(60000);
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('dialog', (dialog) => errors.push(`dialog: ${dialog.message()}`));
    await page.goto(served.address);
    await page.locator('main[aria-busy=false]').waitFor();
    return page;
  };
  const page = await visit();
  const block = (name, on = page) => on.getByRole('region', { name, exact: true });
  return { ...served, page, context, visit, errors, block };
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
