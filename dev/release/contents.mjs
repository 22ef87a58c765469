import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson, writeJson } from '../setup/files.mjs';
import { root } from '../setup/paths.mjs';
import { version } from './version.mjs';

const BUILT = ['build/index.js', 'build/index_bg.wasm'];
// All documents, because they lead to each other.
const DOCUMENTS = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const FILES = [
  ...[...BUILT, 'wrangler.toml', 'LICENSE', 'CHANGELOG.md', 'TROUBLESHOOTING.md', 'SECURITY.md'],
  ...DOCUMENTS.map((name) => `docs/${name}`),
];

/** Lays out in `dir` what a release has. `bill` is the list of what is in the Worker. */
export function layOut(dir, { bill }) {
  if (!BUILT.every((name) => existsSync(join(root, name)))) {
    throw new Error('build the Worker first: npm run build');
  }
  for (const name of FILES) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    copyFileSync(join(root, name), join(dir, name));
  }
  cpSync(join(root, 'migrations'), join(dir, 'migrations'), { recursive: true });
  copyFileSync(join(root, 'docs', 'release.md'), join(dir, 'README.md'));
  writeFileSync(join(dir, 'bhcr.cdx.json'), bill);
  writeJson(join(dir, 'package.json'), manifest());
}

// It makes `npx wrangler` run the version that this release was tested with.
function manifest() {
  const { devDependencies } = readJson(join(root, 'package.json'));
  return {
    name: 'bhcr-worker',
    version: version(),
    private: true,
    license: 'Apache-2.0',
    engines: { node: '>=22' },
    devDependencies: { wrangler: devDependencies.wrangler },
  };
}
