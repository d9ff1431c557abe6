// tests/browser/playground_test.mjs: the playground, used as a reader uses it: with the pointer and the
// keyboard on the canvas, and through the accessible mirror. Run by `node --test`; see harness.mjs.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startBrowser} from './harness.mjs';

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.stop());

// Runs `body` on a fresh page, and fails if the page complained about anything.
function pageTest(name, hash, options, body) {
  test(name, {timeout: 90_000}, async () => {
    const playground = await browser.open(hash, options);
    try {
      await body(playground);
      assert.deepEqual(playground.problems, []);
    } finally {
      await playground.close();
    }
  });
}

// The layout's fixed parts, in CSS pixels: the bar below is 100 high, the scrubber's line 25 into it.
const SCRUBBER_MARGIN = 27.5;
const scrubberY = height => height - 75;
// In the middle of the only link of a map of two machines, at 1280 by 800.
const LINK = [600, 230];

pageTest('the mirror comes first, and names what is shown', 's=go/mutex', {}, async p => {
  assert.equal(await p.page.evaluate(() => document.querySelector('main, canvas').id), 'mirror');
  assert.equal(await p.page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await p.text('title'), 'Orrery');
  for (const region of ['story', 'setup', 'branches', 'lanes', 'goroutines', 'channels', 'locks', 'output', 'events', 'transport']) {
    assert.equal(await p.node(region).count(), 1, `region ${region}`);
  }
  const unnamed = await p.page.evaluate(() => [...document.querySelectorAll('#mirror :is(button, input, select)')]
    .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.dataset.id));
  assert.deepEqual(unnamed, []);
});

pageTest('stepping through the mirror moves the world, and back again', 's=go/waitgroup', {}, async p => {
  assert.equal(await p.step(), 0);
  const before = await p.text('goroutines.table');
  await p.click('step');
  assert.equal(await p.step(), 1);
  const after = await p.text('goroutines.table');
  assert.match(after, /sync\.WaitGroup\.Wait on wg/);
  assert.notEqual(before, after);
  await p.click('step-back');
  assert.equal(await p.step(), 0);
  assert.equal(await p.text('goroutines.table'), before);
});

pageTest('the keys . and , step, Home and End go to the ends', 's=go/waitgroup', {}, async p => {
  await p.key('.');
  await p.key('.');
  assert.equal(await p.step(), 2);
  await p.key(',');
  assert.equal(await p.step(), 1);
  await p.key('End');
  assert.equal(await p.text('outcome'), 'Finished');
  await p.key('Home');
  assert.equal(await p.step(), 0);
});

pageTest('ten quick presses are ten steps', 's=go/mutex', {}, async p => {
  await p.page.locator('#canvas').focus();
  for (let press = 0; press < 10; press++) await p.page.keyboard.press('.');
  await p.settled();
  assert.equal(await p.step(), 10);
});

pageTest('dragging along the scrubber seeks', 's=go/mutex', {}, async p => {
  const {width, height} = p.page.viewportSize();
  const end = Number(await p.node('scrubber').getAttribute('max'));
  assert.ok(end > 5);
  const x = step => SCRUBBER_MARGIN + (width - 2 * SCRUBBER_MARGIN) * step / end;
  await p.page.mouse.move(x(0), scrubberY(height));
  await p.page.mouse.down();
  for (let step = 0; step <= 5; step += 0.5) await p.page.mouse.move(x(step), scrubberY(height));
  await p.page.mouse.up();
  await p.settled();
  assert.equal(await p.step(), 5);
  await p.set('scrubber', 2);
  assert.equal(await p.step(), 2);
});

pageTest('a click on the play button plays to the end, where the output is', 's=go/mutex', {}, async p => {
  await p.set('speed', 9);
  const {width, height} = p.page.viewportSize();
  await p.page.mouse.click(width / 2, height - 31);
  await p.page.waitForFunction(() => document.querySelector('[data-id="outcome"]')?.textContent === 'Finished');
  await p.settled();
  assert.match(await p.text('output.text'), /^Counter: 10$/m);
});

pageTest('a deadlock ends with the report that Go prints', 's=go/deadlock', {}, async p => {
  await p.key('End');
  const report = await p.text('output.text');
  assert.match(report, /fatal error: all goroutines are asleep - deadlock!/);
  assert.match(report, /goroutine \d+ \[sync\.Mutex\.Lock\]:/);
  assert.equal(await p.text('outcome'), 'Program failed');
  await p.key(',');
  assert.match(await p.text('locks.table'), /alice/);
  await p.screenshot('deadlock.png');
});

pageTest('the theme can be switched, and is remembered', 's=go/mutex', {dark: true}, async p => {
  const theme = () => p.page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), 'dark');
  await p.click('theme');
  assert.equal(await theme(), 'light');
  await p.visit(p.page.url().replace('#', '?again#'));
  assert.equal(await theme(), 'light');
});

pageTest('another seed makes another run under the random policy', 's=go/mutex&policy=random', {}, async p => {
  const lanes = async () => {
    await p.key('End');
    return p.page.evaluate(() => document.querySelector('[data-id="events"]').textContent);
  };
  const first = await lanes();
  await p.set('seed', '2');
  assert.equal(await p.step(), 0);
  assert.notEqual(await lanes(), first);
  await p.set('seed', '1');
  assert.equal(await lanes(), first);
  await p.set('seed', 'seven');
  assert.match(await p.page.locator('#mirror').textContent(), /A seed is a whole number/);
});

pageTest('a seed is typed into a real text field', 's=go/mutex', {}, async p => {
  await p.page.mouse.click(490, 26);
  await p.page.locator('#editor').waitFor({state: 'visible'});
  await p.page.keyboard.type('42');
  await p.page.keyboard.press('Enter');
  await p.settled();
  assert.match(p.page.url(), /seed=42/);
});

pageTest('a knob starts the run afresh', 's=go/mutex&step=4', {}, async p => {
  await p.set('knob.GOROUTINES', '3');
  assert.equal(await p.step(), 0);
  await p.key('End');
  assert.match(await p.text('output.text'), /^Counter: 3$/m);
  await p.settled();
  assert.match(p.page.url(), /k\.GOROUTINES=3/);
});

pageTest('the address leads back to the very step', 's=go/mutex&seed=7&policy=random&step=9', {}, async p => {
  assert.equal(await p.step(), 9);
  const events = await p.text('events');
  await p.click('step');
  await p.settled();
  assert.match(p.page.url(), /step=10/);
  await p.click('step-back');
  await p.settled();
  await p.visit(p.page.url().replace('#', '?again#'));
  assert.equal(await p.step(), 9);
  assert.equal(await p.text('events'), events);
});

pageTest('a link that makes no sense is answered', 's=go/mutex&seed=many', {}, async p => {
  assert.match(await p.page.locator('#mirror').textContent(), /seed should be a whole number, not "many"/);
  assert.equal(await p.step(), 0);
});

pageTest('choosing who runs next in the past makes a branch, and the old one is kept', 's=go/mutex&step=3', {}, async p => {
  const old = Number(await p.node('scrubber').getAttribute('max'));
  const button = p.page.locator('#mirror button[data-id^="run-next."]').last();
  await button.evaluate(element => element.click());
  await p.settled();
  assert.equal(await p.step(), 4);
  assert.match(await p.text('branches'), /The run as it began.*forked at step 3/);
  await p.settled();
  assert.match(p.page.url(), /&i=4,0,run-next/);
  await p.click('branch.0');
  assert.equal(await p.node('scrubber').getAttribute('max'), String(old));
});

pageTest('killing the process ends it', 's=go/waitgroup&step=3', {}, async p => {
  await p.click('kill.1');
  assert.match(await p.text('goroutines'), /killed/);
});

pageTest('all commands are found by typing', 's=go/mutex', {}, async p => {
  await p.key('Control+k');
  await p.page.locator('#editor').waitFor({state: 'visible'});
  await p.page.keyboard.type('to the end');
  await p.settled();
  await p.page.keyboard.press('Enter');
  await p.settled();
  assert.equal(await p.text('outcome'), 'Finished');
  assert.equal(await p.page.locator('#editor').isVisible(), false);
});

pageTest('the wheel zooms the timeline', 's=go/mutex', {}, async p => {
  assert.equal(await p.node('lanes.fit').isDisabled(), true);
  await p.page.mouse.move(600, 220);
  await p.page.mouse.wheel(0, -200);
  await p.settled();
  assert.equal(await p.node('lanes.fit').isDisabled(), false);
  await p.click('lanes.fit');
  assert.equal(await p.node('lanes.fit').isDisabled(), true);
});

pageTest('the Tab key reaches the controls of the mirror, and Enter presses them', 's=go/mutex', {}, async p => {
  await p.node('step').focus();
  await p.page.keyboard.press('Enter');
  await p.settled();
  assert.equal(await p.step(), 1);
});

// Steps on until the mirror shows a packet on its way. The first one of net/http-hello opens a connection.
async function stepToPacket(p) {
  const packets = p.page.locator('#mirror [data-id^="packet."]:is(button)');
  for (let step = 0; step < 60 && await packets.count() === 0; step++) await p.click('step');
  return packets.first().textContent();
}

pageTest('a packet on its way is on the map of the network, and gone after a step back', 's=net/http-hello', {}, async p => {
  assert.match(await p.text('node.server'), /^server, 10\.0\.0\.1: runs hello-http/);
  assert.match(await p.text('link.server.client'), /^server \u2013 client: 5ms$/);
  const before = p.page.locator('#mirror [data-id^="packet."]:is(button)');
  assert.match(await stepToPacket(p), /^client:\d+ \u2192 server:8080 SYN: in flight, due at \d+/);
  const opened = await p.step();
  assert.match(await p.text('connections'), /SYN_SENT/);
  await p.click('step-back');
  assert.equal(await p.step(), opened - 1);
  assert.equal(await before.count(), 0);
  assert.doesNotMatch(await p.text('connections'), /SYN_SENT/);
});

pageTest('a click on a link opens its menu, where it is cut, and packets are dropped there', 's=net/http-hello', {}, async p => {
  const clickLink = () => p.page.mouse.click(...LINK);
  await clickLink();
  await p.settled();
  assert.match(await p.text('topology.menu'), /server \u2192 client: 5ms/);
  await p.page.mouse.click(LINK[0] + 140, LINK[1] + 90);
  await p.settled();
  assert.equal(await p.node('topology.menu').count(), 0);
  assert.match(await p.text('link.server.client'), /cut both ways$/);
  assert.match(await stepToPacket(p), /SYN: dropped at \d+.*: cut off$/);
  // Mended by the same menu, as a reader of the mirror does it; the SYN is sent again and arrives.
  await p.click('link.server.client');
  await p.click('topology.mend');
  assert.match(await p.text('link.server.client'), /server \u2013 client: 5ms$/);
  await p.key('End');
  assert.match(await p.text('output.text'), /200 Hello, World!/);
});

pageTest('a machine that is crashed is down, until it is restarted', 's=net/http-hello', {}, async p => {
  await p.click('node.server');
  await p.click('topology.crash');
  assert.match(await p.text('node.server'), /: down$/);
  await p.click('node.server');
  await p.click('topology.restart');
  assert.match(await p.text('node.server'), /runs hello-http/);
});

pageTest('the inspector tells what the bytes of a request and of a header mean', 's=net/http-hello', {}, async p => {
  await p.key('End');
  const request = p.page.locator('#mirror [data-id^="segment."]:is(button)', {hasText: 'client: PSH ACK 0'}).first();
  await request.evaluate(element => element.click());
  await p.settled();
  const bytes = await p.text('bytes');
  assert.match(bytes, /bytes: GET \/World HTTP\/1\.1/);
  assert.match(bytes, /1f 90: to port 8080/);
  assert.match(bytes, /45 00: IPv4, header of 20 bytes/);
});

pageTest('each request is a bar in the waterfall, and none of them before it was sent', 's=net/http-hello', {}, async p => {
  await p.key('End');
  const text = await p.text('waterfall');
  assert.match(text, /GET \/World: sent at \d+.*answered at .* with 200 OK, done at .* after 1\d/);
  assert.match(text, /GET \/again: /);
  await p.key('Home');
  assert.doesNotMatch(await p.text('waterfall'), /GET/);
});

pageTest('a run without machines has no panel of the network', 's=go/mutex', {}, async p => {
  for (const region of ['topology', 'connections', 'waterfall']) assert.equal(await p.node(region).count(), 0, region);
});

pageTest('nothing is drawn while nothing happens', 's=go/mutex', {}, async p => {
  await p.page.mouse.move(640, 400);
  await p.page.waitForTimeout(1200);
  const frames = () => p.page.evaluate(() => window.orrery.framesDrawn);
  const before = await frames();
  await p.page.waitForTimeout(1500);
  assert.equal(await frames(), before);
});

for (const scenario of ['go/channel', 'go/deadlock', 'go/mutex', 'go/waitgroup', 'net/http-hello', 'net/packet-loss']) {
  pageTest(`drawing every panel leaves the world's bytes unchanged (${scenario})`, `s=${scenario}&step=3`, {}, async p => {
    await p.page.evaluate(() => window.orrery.checkFrame());
    await p.page.waitForFunction(() => window.orrery.checkResult() !== 'pending');
    assert.equal(await p.page.evaluate(() => window.orrery.checkResult()), 'unchanged');
  });
}

for (const view of [
  {width: 1280, height: 800, scale: 1, dark: true}, {width: 1920, height: 1080, scale: 1, dark: false},
  {width: 1280, height: 800, scale: 2, dark: true}, {width: 1280, height: 800, scale: 1.5, dark: false},
  {width: 800, height: 600, scale: 1, dark: true},
]) {
  const name = `${view.width}x${view.height}@${view.scale}-${view.dark ? 'dark' : 'light'}`;
  pageTest(`the canvas has the screen's own pixels at ${name}`, 's=go/mutex&step=8', view, async p => {
    const size = await p.page.evaluate(() => [document.getElementById('canvas').width, document.getElementById('canvas').height]);
    assert.deepEqual(size, [view.width * view.scale, view.height * view.scale]);
    await p.screenshot(`mutex-${name}.png`);
  });
}

pageTest('the canvas follows the window', 's=go/mutex', {}, async p => {
  await p.page.setViewportSize({width: 1000, height: 700});
  await p.settled();
  const size = await p.page.evaluate(() => [document.getElementById('canvas').width, document.getElementById('canvas').height]);
  assert.deepEqual(size, [1000, 700]);
});
