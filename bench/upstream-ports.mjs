import { choosePorts, isFree } from '../dev/ports.mjs';

const LOOPBACK = '127.0.0.1';
const PREFERRED = { registry: 8795, api: 8796 };

/** Chooses the ports where a peer finds a registry and its API: always the same ones, if they are free. */
export async function chooseUpstreamPorts() {
  const wanted = Object.entries(PREFERRED).map(async ([name, port]) => [
    name,
    (await isFree(port)) ? port : 0,
  ]);
  const hosts = { registry: LOOPBACK, api: LOOPBACK };
  return choosePorts(hosts, Object.fromEntries(await Promise.all(wanted)));
}
