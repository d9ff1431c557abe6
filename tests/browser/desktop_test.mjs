// tests/browser/desktop_test.mjs: the desktop program draws, mirrors what it draws, and answers mistakes.
//
// Needs xvfb-run, as the tests have no screen. ORRERY_DESKTOP names the program.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.ORRERY_DESKTOP ?? join(home, 'build/native/bin/orrery-desktop');
const output = join(home, 'build/test-output');
mkdirSync(output, {recursive: true});

function onScreen(...words) {
  return spawnSync('xvfb-run', ['-a', '-s', '-screen 0 1920x1200x24', program, ...words],
    {encoding: 'utf8', timeout: 60_000});
}

// A PPM's size and how many different colours it has.
function readPpm(file) {
  const bytes = readFileSync(file);
  const [head, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(bytes.subarray(0, 40).toString('latin1'));
  const colours = new Set();
  for (let at = head.length; at < bytes.length; at += 3) colours.add(bytes.readUIntBE(at, 3));
  return {width: Number(width), height: Number(height), colours: colours.size};
}

for (const scale of [1, 2]) {
  test(`it draws at density ${scale}`, () => {
    const picture = join(output, `desktop-${scale}.ppm`);
    const mirror = join(output, `desktop-${scale}.json`);
    const run = onScreen('go/mutex', '--seed', '7', '--step', '5', '--size', '900x560', '--scale', String(scale),
      '--screenshot', picture, '--mirror', mirror);
    assert.equal(run.status, 0, run.stderr);
    const {width, height, colours} = readPpm(picture);
    assert.deepEqual([width, height], [900 * scale, 560 * scale]);
    assert.ok(colours > 200, `only ${colours} colours: the picture is blank`);
    const nodes = JSON.parse(readFileSync(mirror, 'utf8'));
    assert.equal(nodes.find(node => node.id === 'position').value, '5');
    assert.equal(nodes.find(node => node.id === 'seed').value, '7');
    assert.equal(new Set(nodes.map(node => node.id)).size, nodes.length, 'ids are unique');
  });
}

test('a PNG is written as well', () => {
  const picture = join(output, 'desktop.png');
  const run = onScreen('go/deadlock', '--theme', 'light', '--frames', '4', '--screenshot', picture);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(readFileSync(picture).subarray(1, 4).toString(), 'PNG');
});

for (const [words, message] of [
  [['--colour'], /there is no option --colour/],
  [['--seed'], /--seed needs a value/],
  [['go/mutex', '--seed', 'x'], /--seed takes a whole number, not "x"/],
  [['go/mutex', 'go/channel'], /two scenarios were given/],
  [['--size', '10x10'], /--size takes a size such as 1280x800/],
]) {
  test(`"${words.join(' ')}" is answered with a message and exit code 2`, () => {
    const run = spawnSync(program, words, {encoding: 'utf8', timeout: 20_000});
    assert.equal(run.status, 2);
    assert.match(run.stderr, message);
  });
}

test('a scenario that does not exist is answered with exit code 2', () => {
  const run = onScreen('go/nothing', '--frames', '1');
  assert.equal(run.status, 2);
  assert.match(run.stderr, /there is no scenario "go\/nothing"/);
});
