#!/usr/bin/env node
// tools/serve.mjs --root FOLDER [--port N]: serves a folder of static files to this machine only.
//
// Without --port it takes the first free port from 8080 on. Nothing is cached, so a reload shows the
// latest build; paths cannot leave the folder. Exit code 2 for bad arguments, 1 if a port or the
// folder cannot be used.

import {createReadStream, statSync} from 'node:fs';
import {stat, realpath} from 'node:fs/promises';
import {createServer} from 'node:http';
import {extname, join, resolve, sep} from 'node:path';

const MIME = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.yaml': 'text/plain; charset=utf-8',
};
const FIRST_PORT = 8080;
const PORTS_TRIED = 100;

function fail(code, message) {
  console.error(`orrery: ${message}`);
  process.exit(code);
}

function parseArguments(words) {
  const options = {root: null, port: null};
  for (let i = 0; i < words.length; i++) {
    const [, name, inline] = /^--(root|port)(?:=(.*))?$/s.exec(words[i]) ?? [];
    if (!name) fail(2, `serve.mjs does not know "${words[i]}"; usage: serve.mjs --root FOLDER [--port N]`);
    const value = inline ?? words[++i];
    if (value === undefined) fail(2, `--${name} needs a value`);
    options[name] = value;
  }
  if (options.root === null) fail(2, '--root is missing; usage: serve.mjs --root FOLDER [--port N]');
  if (options.port !== null) {
    const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : 0;
    if (port < 1 || port > 65535) fail(2, `--port takes a number from 1 to 65535, not "${options.port}"`);
    options.port = port;
  }
  return options;
}

// The file that a request's path means, or null: a folder's index.html, never outside of root.
async function fileFor(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  try {
    let file = await realpath(join(root, path));
    if (file !== root && !file.startsWith(root + sep)) return null;
    let info = await stat(file);
    if (info.isDirectory()) {
      file = join(file, 'index.html');
      info = await stat(file);
    }
    return info.isFile() ? {file, size: info.size} : null;
  } catch {
    return null;
  }
}

async function answer(root, request, response) {
  const headers = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'};
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, {...headers, Allow: 'GET, HEAD'}).end();
    return;
  }
  const found = await fileFor(root, request.url);
  if (!found) {
    response.writeHead(404, {...headers, 'Content-Type': 'text/plain; charset=utf-8'}).end('Not found\n');
    return;
  }
  const type = MIME[extname(found.file).toLowerCase()] ?? 'application/octet-stream';
  response.writeHead(200, {...headers, 'Content-Type': type, 'Content-Length': found.size});
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(found.file).on('error', () => response.destroy()).pipe(response);
}

function listen(server, port) {
  return new Promise((done, refuse) => {
    server.once('error', refuse);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', refuse);
      done();
    });
  });
}

const options = parseArguments(process.argv.slice(2));
const root = resolve(options.root);
if (!statSync(root, {throwIfNoEntry: false})?.isDirectory()) fail(1, `there is no folder ${options.root} to serve`);
const realRoot = await realpath(root);

const server = createServer((request, response) => {
  answer(realRoot, request, response).catch(() => response.destroy());
});
const first = options.port ?? FIRST_PORT;
const last = options.port ?? FIRST_PORT + PORTS_TRIED - 1;
for (let port = first; ; port++) {
  try {
    await listen(server, port);
    console.log(`Orrery is at http://127.0.0.1:${port}/`);
    break;
  } catch (error) {
    if (error.code !== 'EADDRINUSE') fail(1, `port ${port} cannot be used: ${error.message}`);
    if (options.port !== null) fail(1, `port ${port} is taken by another program; choose another with --port, or leave --port out`);
    if (port === last) fail(1, `every port from ${first} to ${last} is taken; choose one with --port`);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(0));
}
