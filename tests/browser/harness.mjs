// tests/browser/harness.mjs: starts the server and a browser for the tests of the page.
//
// Needs ORRERY_NODE_MODULES (where playwright-core is) and a Chromium: ORRERY_CHROMIUM, or the system's.
// ORRERY_PAGE names the folder of the built page. Every problem the page reports is collected; a test
// fails on any.

import {spawn} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {createServer} from 'node:net';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const modules = process.env.ORRERY_NODE_MODULES ?? join(home, 'build/deps/node/node_modules');
const {chromium} = createRequire(join(modules, 'x.js'))('playwright-core');

export const outputFolder = join(home, 'build/test-output');
mkdirSync(outputFolder, {recursive: true});

const ARGUMENTS = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--disable-background-networking', '--disable-component-update', '--disable-default-apps',
  '--disable-sync', '--no-first-run', '--metrics-recording-only', '--disable-domain-reliability',
  '--disable-features=OptimizationHints,MediaRouter,Translate', '--hide-scrollbars',
];

function freePort() {
  return new Promise((done, refuse) => {
    const probe = createServer();
    probe.once('error', refuse);
    probe.listen(0, '127.0.0.1', () => {
      const {port} = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function serve() {
  const folder = process.env.ORRERY_PAGE ?? join(home, 'build/web');
  if (!existsSync(join(folder, 'orrery.wasm'))) {
    throw new Error(`there is no built page in ${folder}; build the web preset first`);
  }
  const port = await freePort();
  const server = spawn(process.execPath, [join(home, 'tools/serve.mjs'), '--root', folder, '--port', String(port)],
    {stdio: ['ignore', 'pipe', 'inherit']});
  await new Promise((done, refuse) => {
    server.stdout.once('data', done);
    server.once('exit', code => refuse(new Error(`serve.mjs ended with ${code}`)));
  });
  return {url: `http://127.0.0.1:${port}/`, stop: () => server.kill()};
}

export async function startBrowser() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.ORRERY_CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
  });
  return {
    url: server.url,
    // A fresh visitor: nothing stored. `hash` is the part of the address after `#`.
    async open(hash = '', {width = 1280, height = 800, scale = 1, dark = true} = {}) {
      const context = await browser.newContext({
        viewport: {width, height}, deviceScaleFactor: scale, colorScheme: dark ? 'dark' : 'light',
      });
      const page = await context.newPage();
      const playground = new Playground(page);
      await playground.visit(server.url + (hash ? '#' + hash : ''));
      return playground;
    },
    async stop() {
      await browser.close();
      server.stop();
    },
  };
}

// The page as its reader sees it: through the mirror, the keyboard and the pointer.
export class Playground {
  constructor(page) {
    this.page = page;
    this.problems = [];
    page.on('pageerror', error => this.problems.push(`page error: ${error.message}`));
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(`console ${message.type()}: ${message.text()}`);
    });
  }

  async visit(url) {
    await this.page.goto(url);
    await this.page.waitForFunction(() => window.orrery?.ready, null, {timeout: 60_000});
    await this.settled();
  }

  node(id) {
    return this.page.locator(`#mirror [data-id="${id}"]`);
  }

  async text(id) {
    return (await this.node(id).textContent()) ?? '';
  }

  async step() {
    return Number(await this.node('position').getAttribute('data-value'));
  }

  // As a screen reader activates it.
  async click(id) {
    await this.node(id).evaluate(element => element.click());
    await this.settled();
  }

  async set(id, value) {
    await this.node(id).evaluate((element, text) => {
      element.value = text;
      element.dispatchEvent(new Event(element.type === 'range' ? 'input' : 'change', {bubbles: true}));
    }, String(value));
    await this.settled();
  }

  async key(key) {
    await this.page.locator('#canvas').focus();
    await this.page.keyboard.press(key);
    await this.settled();
  }

  // Until all that was done has been drawn, mirrored and put into the address.
  async settled() {
    await this.page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
    await this.page.waitForFunction(() => window.orrery.isIdle(), null, {polling: 20, timeout: 30_000});
  }

  async screenshot(name) {
    const file = join(outputFolder, name);
    await this.page.screenshot({path: file});
    return file;
  }

  async close() {
    await this.page.context().close();
  }
}
