import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathWith, root } from '../setup/paths.mjs';
import { output } from '../setup/run.mjs';
import versions from '../setup/versions.mjs';
import { version } from './version.mjs';

// The crates that are compiled into the Worker: no build scripts, no macros, no tests.
const TREE = ['tree', '--locked', '--package', 'bhcr', '--edges', 'normal,no-proc-macro'];
const PLAIN = ['--prefix', 'none', '--no-dedupe', '--format', '{p}|{l}'];

/**
 * What is in the Worker, in CycloneDX 1.5: each crate with its version, its licence and the digest that
 * Cargo.lock has. It has no serial number, so that the same commit makes the same file. `time` is in
 * seconds since 1970.
 */
export function sbom(rust, time) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: { ...named('application', 'bhcr', version()), ...licence('Apache-2.0') },
    },
    components: crates(rust),
  };
}

function crates(rust) {
  const env = { ...rust.env, PATH: pathWith(...rust.path) };
  const args = [...TREE, '--target', versions.rust.target, ...PLAIN];
  const said = output('cargo', args, { env, timeout: 120_000 });
  if (!said) throw new Error('cargo tree failed');
  const lines = [...new Set(said.split('\n'))].filter((line) => !line.startsWith('bhcr '));
  const digests = lockedDigests();
  return lines.sort().map((line) => component(line, digests));
}

function component(line, digests) {
  const [, name, version, licences] = line.match(/^(\S+) v(\S+)[^|]*\|(.+)$/);
  const content = digests.get(`${name} ${version}`);
  if (!content) throw new Error(`Cargo.lock has no digest of ${name} ${version}`);
  return {
    ...named('library', name, version),
    // Older crates write a slash for "or".
    ...licence(licences.replaceAll('/', ' OR ')),
    hashes: [{ alg: 'SHA-256', content }],
  };
}

const named = (type, name, version) => {
  const purl = `pkg:${type === 'library' ? 'cargo' : 'generic'}/${name}@${version}`;
  return { type, 'bom-ref': purl, name, version, purl };
};

const licence = (expression) => ({ licenses: [{ expression }] });

function lockedDigests() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const entry = /^name = "(.+)"\nversion = "(.+)"\nsource = .*\nchecksum = "([0-9a-f]{64})"$/gm;
  return new Map(
    [...lock.matchAll(entry)].map(([, name, version, digest]) => [`${name} ${version}`, digest]),
  );
}
