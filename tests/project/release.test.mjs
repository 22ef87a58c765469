// A release is packed the same way each time, and is deployed without Rust and without the repository.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { notesOf } from '../../dev/release/changelog.mjs';
import { version } from '../../dev/release/version.mjs';
import { bin, root } from '../../dev/setup/paths.mjs';
import { send } from '../support/http.mjs';
import { run } from '../support/run.mjs';
import { startWrangler } from '../support/wrangler.mjs';

const work = mkdtempSync(join(tmpdir(), 'bhcr-release-'));
const name = `bhcr-${version()}`;
const unpacked = join(work, 'unpacked', name);

const packInto = (to) =>
  run('node', [join(root, 'dev/pack.mjs'), '--to', join(work, to)], { cwd: work });

before(async () => {
  await packInto('first');
  await run('mkdir', [join(work, 'unpacked')]);
  await run('tar', ['-xzf', join('first', `${name}.tar.gz`), '-C', 'unpacked'], { cwd: work });
});
after(() => rmSync(work, { recursive: true }));

test('the same commit is packed into the same bytes', async () => {
  await packInto('second');
  const files = readdirSync(join(work, 'first'));
  assert.deepEqual(files, [`${name}.tar.gz`, `${name}.tar.gz.sha256`, 'bhcr.cdx.json']);
  for (const file of files) {
    assert.ok(
      readFileSync(join(work, 'first', file)).equals(readFileSync(join(work, 'second', file))),
      file,
    );
  }
});

test('the digest beside the archive is right', () =>
  run('sha256sum', ['--check', '--strict', `${name}.tar.gz.sha256`], { cwd: join(work, 'first') }));

test('wrangler would deploy what was unpacked, and builds nothing', async () => {
  const args = ['deploy', '--dry-run', '--env', 'production', '--outdir', join(work, 'uploaded')];
  // There is no cargo on this PATH, so a build would fail.
  const PATH = [bin, dirname(process.execPath)].join(delimiter);
  const env = { HOME: work, PATH, WRANGLER_SEND_METRICS: 'false' };
  const { output } = await run(join(bin, 'wrangler'), args, { cwd: unpacked, env });
  for (const said of ['--dry-run: exiting now', 'RELEASES', 'CATALOG', 'OBJECTS']) {
    assert.ok(output.includes(said), `${said} in:\n${output}`);
  }
  const [wasm] = readdirSync(join(work, 'uploaded')).filter((file) => file.endsWith('.wasm'));
  const built = readFileSync(join(root, 'build/index_bg.wasm'));
  assert.ok(readFileSync(join(work, 'uploaded', wasm)).equals(built));
});

test('the unpacked Worker runs', async () => {
  const worker = await startWrangler({}, { project: unpacked });
  try {
    const reply = await send(worker.url, '/v2/');
    assert.equal(reply.status, 401);
    assert.match(reply.headers['www-authenticate'], /^Bearer realm="/);
  } finally {
    await worker.stop();
  }
});

test('the list of what is in the Worker has crates of the Worker, and no tool', () => {
  const { components } = JSON.parse(readFileSync(join(unpacked, 'bhcr.cdx.json'), 'utf8'));
  const names = components.map((component) => component.name);
  for (const crate of ['wasm-bindgen', 'chacha20poly1305', 'serde_json']) {
    assert.ok(names.includes(crate), crate);
  }
  for (const tool of ['bhcr', 'walrus', 'proptest', 'syn', 'serde_derive']) {
    assert.ok(!names.includes(tool), tool);
  }
  for (const { name, hashes, licenses } of components) {
    assert.match(hashes[0].content, /^[0-9a-f]{64}$/, name);
    assert.notEqual(licenses[0].expression.trim(), '', name);
  }
});

test('the notes of a release are its section of the changelog', () => {
  const log =
    '# Changelog\n\n## Unreleased\n\n- C\n\n## [1.1.0] - 2026-02-03\n\n### Added\n\n- B\n\n## 1.0.0 (2026-01-02)\n\n- A\n\n## 0.9.0\n\n- undated\n\n## 0.8.0 (2025-01-01)\n\n';
  assert.equal(notesOf('1.1.0', log), '### Added\n\n- B');
  assert.equal(notesOf('1.0.0', log), '- A');
  assert.throws(() => notesOf('1.2.0', log), /no section 1\.2\.0/);
  assert.throws(() => notesOf('1.0', log), /no section 1\.0/);
  assert.throws(() => notesOf('0.9.0', log), /no date/);
  assert.throws(() => notesOf('0.8.0', log), /no entry/);
});

test('a tag that is not the version has no notes', async () => {
  for (const tag of ['v999.0.0', version()]) {
    await assert.rejects(run('node', [join(root, 'dev/release/notes.mjs'), tag]), /the tag is/);
  }
});
