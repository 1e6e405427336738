// Opens the page and uses it: with and without scripts, by pointer and by keyboard, in light and in dark.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const work = process.argv[2];
const { chromium } = createRequire(`${work}/`)('playwright-core');
const url = pathToFileURL(`${work}/page.html`).href;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

const complaints = [];
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => { complaints.push('dialog'); dialog.dismiss(); });
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return page;
};
const shown = (page) => page.locator('.session:not([hidden])').count();

const steps = {
  async 'nothing that a peer or a document says is obeyed'() {
    const page = await open();
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('style').count(), 1);
    assert.equal(await page.locator('main img, main iframe, main a[href^="javascript"]').count(), 0);
    const attributes = await page.evaluate(() => [...document.querySelectorAll('*')]
      .flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith('on')));
    assert.deepEqual(attributes, []);
    const text = readFileSync(`${work}/page.html`, 'utf8');
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    // It is there all the same, as text.
    const body = await page.locator('main').innerText();
    for (const told of ['<script>window.pwned=3</script>', '<img src=x onerror="window.pwned=4">', '\\u202e', "srcdoc='"]) {
      assert.ok(body.includes(told), told);
    }
  },

  async 'a policy forbids every other script'() {
    const page = await open();
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 9';
      document.body.append(script);
    });
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.match(complaints.pop() ?? '', /Content Security Policy/);
  },

  async 'sessions are filtered by file, outcome and text'() {
    const page = await open();
    const all = await shown(page);
    assert.equal(all, 9);
    await page.getByRole('button', { name: 'Failed' }).click();
    assert.equal(await shown(page), 1);
    assert.equal(await page.locator('#found').innerText(), `1 of ${all}`);
    await page.getByRole('button', { name: 'Skipped' }).click();
    assert.match(await page.locator('.session:not([hidden])').innerText(), /closed at the weekend/);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.locator('#which').selectOption({ label: 'room.md' });
    assert.equal(await shown(page), 5);
    await page.keyboard.press('Escape');
    assert.equal(await shown(page), all);
    await page.keyboard.press('/');
    await page.keyboard.type('subscribed feed');
    assert.equal(await shown(page), 3);
    assert.equal(await page.locator('.document:not([hidden])').count(), 1);
    await page.keyboard.press('Escape');
    assert.equal(await shown(page), all);
  },

  async 'the keyboard goes everywhere'() {
    const page = await open();
    const focused = () => page.evaluate(() => document.activeElement.querySelector('.name')?.textContent);
    await page.keyboard.press('f');
    assert.equal(await focused(), 'A price that never comes');
    await page.keyboard.press('k');
    assert.equal(await focused(), 'Subscribe to trades');
    await page.keyboard.press('Enter');
    const session = page.locator('.session', { hasText: 'Subscribe to trades' }).nth(0);
    assert.equal(await session.locator('> details').getAttribute('open'), '');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Script');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'svg');
    assert.match(await page.locator('#tip').innerText(), /Connecting/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#tip').innerText(), /→ json {2}\{"op":"subscribe"/);
    assert.equal(await session.locator('.events li.on').count(), 1);
    assert.match(await session.locator('.events li.on').innerText(), /subscribe/);
    await page.keyboard.press('End');
    assert.match(await page.locator('#tip').innerText(), /Disconnected/);
  },

  async 'a mark under the pointer shows its line'() {
    const page = await open();
    const session = page.locator('.session', { hasText: 'A price that never comes' });
    await session.locator('.plot a.failure circle').hover();
    assert.match(await page.locator('#tip').innerText(), /no json/);
    assert.match(await session.locator('.events li.on').innerText(), /✗ no json/);
  },

  async 'without scripts everything can be read'() {
    const page = await open({ javaScriptEnabled: false });
    assert.equal(await page.locator('.bar').isVisible(), false);
    const session = page.locator('.session', { hasText: 'Subscribe to trades' }).nth(0);
    await session.locator('> details > summary').click();
    assert.ok(await session.locator('.events').isVisible());
    assert.ok(await session.locator('.plot > svg').isVisible());
    assert.match(await session.locator('.plot a.sent title').first().textContent(), /subscribe/);
  },

  async 'it fits narrow and wide, light and dark'() {
    const grounds = new Set();
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [360, 1280]) {
        const page = await open({ colorScheme, viewport: { width, height: 900 } });
        await page.keyboard.press('o');
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${over} too wide at ${width}`);
        grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
        await page.screenshot({ path: `${work}/${colorScheme}-${width}.png` });
      }
    }
    assert.equal(grounds.size, 2);
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  complaints.length = 0;
  try {
    await step();
    assert.deepEqual(complaints, []);
    console.log(`ok - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok - ${name}\n${error.message}`);
  }
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
