import { readFileSync } from 'node:fs';

// What podman calls the settings of a service; the ports are the network's matter.
const OPTIONS = {
  read_only: (value) => (value === 'true' ? ['--read-only'] : []),
  cap_drop: (values) => values.flatMap((value) => ['--cap-drop', value]),
  cap_add: (values) => values.flatMap((value) => ['--cap-add', value]),
  security_opt: (values) => values.flatMap((value) => ['--security-opt', value]),
  environment: (values) =>
    Object.entries(values).flatMap(([name, it]) => ['--env', `${name}=${it}`]),
  build: () => [],
  image: () => [],
  restart: () => [],
  ports: () => [],
  network_mode: () => [],
  volumes: () => [],
};

/** The options of `podman run` for the one service of a compose file. Throws on a setting unknown here. */
export function podmanOptions(file) {
  return Object.entries(service(readFileSync(file, 'utf8'))).flatMap(([name, value]) => {
    if (!(name in OPTIONS)) throw new Error(`${file}: ${name} is not known to the test`);
    return OPTIONS[name](value);
  });
}

// Reads as much of YAML as such a file has: a service of texts, lists of texts and maps of texts.
function service(text) {
  const [, block] = text.match(/^services:\n {2}\S+:\n((?: {4}.*\n)+)/m);
  const found = {};
  let name;
  for (const line of block.split('\n').filter((it) => !/^\s*(#|$)/.test(it))) {
    const [, key, value] = line.match(/^ {4}(\w+): ?(.*)$/) ?? [];
    const [, item] = line.match(/^ {6}- (.*)$/) ?? [];
    const [, entry, its] = line.match(/^ {6}(\w+): (.*)$/) ?? [];
    if (key !== undefined) [name, found[key]] = [key, value === '{}' ? {} : value];
    else if (item !== undefined) found[name] = [...(found[name] || []), unquoted(item)];
    else found[name] = { ...(found[name] || {}), [entry]: unquoted(its) };
  }
  return found;
}

const unquoted = (text) => text.replace(/^"(.*)"$/, '$1');
