import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import workerd from 'workerd';
import { compatibility } from '../dev/compatibility.mjs';
import { freePort } from '../dev/ports.mjs';
import { startProgram } from './process.mjs';

// Cap'n Proto quotes strings as JSON does.
const quote = JSON.stringify;

/**
 * Starts a Worker in the runtime itself. `modules` are pairs of name and file, of which the first is
 * the Worker; `bindings` are in Cap'n Proto; with `cache` it gets a Cache of its own; `external` has
 * the addresses of services that the bindings name; `flags` are for V8. Answers `{ url, pid, cacheUrl, stop() }`.
 */
export async function startWorker(
  lifetime,
  name,
  { modules, bindings = [], external = {}, cache = false, flags = [] },
) {
  const dir = lifetime.scratch(name);
  const [port, cachePort] = [await freePort(), await freePort()];
  const embed = (file) => `embed ${quote(relative(dir, file))}`;
  const main = worker(modules.map(module(embed)), [
    `bindings = [ ${bindings.join(', ')} ]`,
    ...(cache ? ['cacheApiOutbound = "cache"'] : []),
  ]);
  const kept = worker([module(embed)(['cache.js', workerFile('cache.js')])]);
  const services = [
    `( name = "main", worker = ${main} )`,
    '( name = "internet", network = ( allow = ["public", "private"] ) )',
    ...(cache ? [`( name = "cache", worker = ${kept} )`] : []),
    ...Object.entries(external).map(
      ([service, address]) =>
        `( name = ${quote(service)}, external = ( address = ${quote(address)}, http = () ) )`,
    ),
  ];
  const told = '( name = "cache", entrypoint = "told" )';
  const sockets = [
    socket('http', port, '"main"'),
    ...(cache ? [socket('told', cachePort, told)] : []),
  ];
  const file = join(dir, 'config.capnp');
  writeFileSync(file, document(services, sockets, flags));
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => (await fetch(`${url}/ping`)).status > 0;
  const log = join(dir, 'errors.log');
  const server = await startProgram(lifetime, workerd.default, ['serve', file], { log, ready });
  return { ...server, url, cacheUrl: `http://127.0.0.1:${cachePort}` };
}

/** The path of a Worker's source in `bench/workers`. */
export const workerFile = (name) => join(import.meta.dirname, 'workers', name);

export const text = (name, value) => `( name = ${quote(name)}, text = ${quote(value)} )`;
export const json = (name, value) =>
  `( name = ${quote(name)}, json = ${quote(JSON.stringify(value))} )`;
export const data = (name, bytes) =>
  `( name = ${quote(name)}, data = 0x"${bytes.toString('hex')}" )`;

const module =
  (embed) =>
  ([name, file]) =>
    `( name = ${quote(name)}, ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = ${embed(file)} )`;

function worker(modules, more = []) {
  return `( ${[`modules = [ ${modules.join(', ')} ]`, compatibility(), ...more].join(', ')} )`;
}

const socket = (name, port, service) =>
  `( name = ${quote(name)}, address = "127.0.0.1:${port}", http = (), service = ${service} )`;

const document = (services, sockets, flags) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')}
  ],
  sockets = [ ${sockets.join(', ')} ],
  v8Flags = [ ${flags.map(quote).join(', ')} ],
);
`;
