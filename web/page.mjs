// web/page.mjs: loads the program and gives it what only a page has: the mirror's HTML, storage, the
// address, the clipboard, a text editor. `window.orrery` tells a test how it goes.

import createOrrery from './orrery.js';
import {MirrorView} from './mirror.mjs';
import {wasmBytes} from './size.mjs';

const at = id => document.getElementById(id);
const canvas = at('canvas');
const editor = at('editor');
const darkPreference = matchMedia('(prefers-color-scheme: dark)');
const STORE = 'orrery.';

let program = null;
let editing = null;

function call(name, types = [], values = [], result = null) {
  return program?.ccall(name, result, types, values);
}

const post = (id, kind, value) => call('orrery_post', ['string', 'string', 'string'], [id, kind, value]);
const mirror = new MirrorView(at('mirror'), post);

window.orrery = {
  framesDrawn: 0,
  ready: false,
  // Whether everything that happened so far is drawn, mirrored and in the address.
  isIdle: () => call('orrery_idle', [], [], 'number') === 1,
  // Compares the world's bytes before and after the next frame: "unchanged", "changed" or "pending".
  checkFrame: () => call('orrery_check_frame'),
  checkResult: () => call('orrery_check_result', [], [], 'string'),
};

function fail(title, text) {
  at('loading').hidden = true;
  at('failure-title').textContent = title;
  at('failure-text').textContent = text;
  at('failure').hidden = false;
}

function stopEditing() {
  if (!editing) return;
  editing = null;
  editor.hidden = true;
  canvas.focus({preventScroll: true});
}

const host = {
  publish: json => mirror.apply(JSON.parse(json)),
  drawn: frames => {
    window.orrery.framesDrawn = frames;
    if (window.orrery.ready) return;
    window.orrery.ready = true;
    at('loading').hidden = true;
  },
  // A browser may refuse storage; then nothing is remembered.
  save: (key, text) => {
    try {
      localStorage.setItem(STORE + key, text);
    } catch {}
  },
  load: key => {
    try {
      return localStorage.getItem(STORE + key) ?? '';
    } catch {
      return '';
    }
  },
  address: () => location.hash,
  setAddress: text => {
    if (location.hash !== '#' + text) history.replaceState(null, '', '#' + text);
  },
  copyLink: text => {
    const link = location.origin + location.pathname + location.search + '#' + text;
    navigator.clipboard?.writeText(link).catch(() => {});
  },
  theme: dark => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  },
  prefersDark: () => darkPreference.matches,
  edit: (id, label, x, y, width, height, value) => {
    editing = id;
    Object.assign(editor.style, {left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px`});
    editor.setAttribute('aria-label', label);
    editor.placeholder = label;
    editor.value = value;
    editor.hidden = false;
    editor.focus();
    editor.select();
  },
  stopEditing,
  failed: problem => fail('Orrery cannot draw here', problem),
};

editor.addEventListener('input', () => post(editing, 'input', editor.value));
editor.addEventListener('blur', () => {
  if (!editing) return;
  post(editing, 'set', editor.value);
  stopEditing();
});
editor.addEventListener('keydown', event => {
  if (event.isComposing) return;
  if (['ArrowUp', 'ArrowDown', 'Enter', 'Escape'].includes(event.key)) {
    event.preventDefault();
    post(editing, 'key', event.key);
  }
  if (event.key === 'Enter') post(editing, 'set', editor.value);
  if (event.key === 'Enter' || event.key === 'Escape') stopEditing();
  event.stopPropagation();
});

// Tab belongs to the page, and so do the browser's own keys; SDL would keep them.
window.addEventListener('keydown', event => {
  if (document.activeElement !== canvas) return;
  const ours = event.ctrlKey && event.key.toLowerCase() === 'k';
  const browsers = event.key === 'Tab' || event.altKey || event.metaKey || /^F\d+$/.test(event.key) ||
    (event.ctrlKey && !ours && event.key !== 'Control');
  if (browsers) event.stopImmediatePropagation();
}, true);

canvas.addEventListener('contextmenu', event => event.preventDefault());
canvas.addEventListener('pointerdown', () => canvas.focus({preventScroll: true}));
canvas.addEventListener('webglcontextlost', event => {
  event.preventDefault();
  call('orrery_stop');
  fail('The graphics were reset', 'The browser took the graphics context away. The address holds seed and step: reload to go on from here.');
});
window.addEventListener('hashchange', () => call('orrery_open', ['string'], [location.hash]));
darkPreference.addEventListener('change', () => call('orrery_system_dark', ['number'], [darkPreference.matches ? 1 : 0]));
at('failure-reload').addEventListener('click', () => location.reload());

// Counts the bytes on their way to the compiler.
function watched(response, onBytes) {
  const counter = new TransformStream({
    transform(chunk, controller) {
      onBytes(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), {headers: {'Content-Type': 'application/wasm'}});
}

async function instantiate(imports, done) {
  try {
    const response = await fetch(new URL('orrery.wasm', import.meta.url));
    if (!response.ok) throw new Error(`orrery.wasm: ${response.status} ${response.statusText}`);
    let bytes = 0;
    const {instance, module} = await WebAssembly.instantiateStreaming(watched(response, count => {
      bytes += count;
      at('progress').value = Math.min(bytes / wasmBytes, 1);
    }), imports);
    done(instance, module);
  } catch (error) {
    fail('Orrery could not be loaded', String(error.message ?? error));
  }
}

async function main() {
  document.documentElement.dataset.theme = darkPreference.matches ? 'dark' : 'light';
  if (!document.createElement('canvas').getContext('webgl2')) {
    fail('Orrery needs WebGL 2', 'This browser does not offer it, or it is switched off. A current Firefox, Chrome, Edge or Safari has it.');
    return;
  }
  program = await createOrrery({
    canvas,
    host,
    instantiateWasm: (imports, done) => {
      instantiate(imports, done);
      return {};
    },
    onAbort: reason => fail('Orrery has stopped', `This is a bug: ${reason}. The address holds seed and step: reload to go on.`),
  });
  canvas.focus({preventScroll: true});
}

main().catch(error => fail('Orrery could not be started', String(error.message ?? error)));
