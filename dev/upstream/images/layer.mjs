import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const BLOCK = 512;
const EPOCH = '00000000000';

// Makes a gzipped tar layer of the given files, with the same bytes on every machine: without times
// and owners, and without compression, because builds of zlib compress differently.
export function makeLayer(files) {
  const tar = Buffer.concat([...files.flatMap(entry), Buffer.alloc(2 * BLOCK)]);
  const bytes = gzipSync(tar, { level: 0 });
  bytes[9] = 0xff;
  return { bytes, diffId: sha256(tar), digest: sha256(bytes), size: bytes.length };
}

// Bytes that cannot be compressed, from a seeded xorshift generator.
export function noise(size, seed) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = createHash('sha256').update(seed).digest().readUInt32LE() || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}

export function sha256(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function entry({ path, content }) {
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header(path, content.length), content, padding];
}

function header(path, size) {
  const block = Buffer.alloc(BLOCK);
  const fields = [
    [0, path],
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, size.toString(8).padStart(11, '0')],
    [136, EPOCH],
    [148, '        '],
    [156, '0'],
    [257, 'ustar\u000000'],
  ];
  for (const [offset, text] of fields) block.write(text, offset, 'latin1');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
