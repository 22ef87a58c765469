import { createHash } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const PIECE = 1 << 20;

/** `length` bytes that differ from place to place, made as they are read: `{ length, digest, from() }`. */
export function layer(length, seed = 1) {
  const pattern = Buffer.alloc(PIECE);
  for (let at = 0; at < PIECE; at += 4) pattern.writeUInt32LE((at * 2654435761 + seed) >>> 0, at);
  const piece = (at, end) => {
    const made = Buffer.from(pattern);
    made.writeUInt32LE(at / PIECE, 0);
    return made.subarray(0, end - at);
  };
  /** The bytes from `first` up to `last`, in pieces. */
  function* from(first = 0, last = length) {
    for (let at = first - (first % PIECE); at < last; at += PIECE) {
      yield piece(at, Math.min(at + PIECE, last)).subarray(Math.max(0, first - at));
    }
  }
  const digest = (algorithm = 'sha256') => {
    const hash = createHash(algorithm);
    for (const bytes of from()) hash.update(bytes);
    return `${algorithm}:${hash.digest('hex')}`;
  };
  return { length, digest, from };
}

/**
 * A request with a body that is made as it is sent, in chunked encoding where `length` is not told,
 * and with `pause` milliseconds after each piece. Answers `{ status, headers, text }`.
 */
export async function sendBody(origin, path, { method, pieces, length, headers = {}, pause = 0 }) {
  const { hostname, port } = new URL(origin);
  const told =
    length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length };
  const request = http.request({ hostname, port, path, method, headers: { ...headers, ...told } });
  const answered = new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.on('error', reject);
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
  });
  const paced = async function* () {
    for await (const piece of pieces) {
      yield piece;
      if (pause) await sleep(pause);
    }
  };
  // A server that answers before it has read all may close the connection.
  pipeline(Readable.from(paced(), { highWaterMark: 1 }), request).catch(() => {});
  return answered;
}

/** What `pieces` has, and then silence. */
export async function* andSilence(pieces) {
  yield* pieces;
  await new Promise(() => {});
}

/** `piece` again and again, with pauses of `milliseconds`. */
export async function* trickle(piece, milliseconds) {
  for (;;) {
    yield piece;
    await sleep(milliseconds);
  }
}

/** Sends what `pieces` has and then breaks the connection. */
export async function breakOff(origin, path, { method, pieces, length, headers = {} }) {
  const { hostname, port } = new URL(origin);
  const told =
    length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length };
  const request = http.request({ hostname, port, path, method, headers: { ...headers, ...told } });
  // The server may be the one that goes away.
  const closed = new Promise((resolve) => request.on('error', resolve).on('close', resolve));
  const drained = () => new Promise((resolve) => request.once('drain', resolve));
  for (const piece of pieces) {
    if (!request.write(piece)) await Promise.race([drained(), closed]);
    if (request.destroyed) return;
  }
  const flushed = new Promise((resolve) => request.write(Buffer.from('\n'), resolve));
  await Promise.race([flushed, closed]);
  request.destroy();
}

/** The path of a `Location`. */
export const path = ({ headers }) => headers.location;

/** A `Location` with one more parameter, as clients append it. */
export const withDigest = (location, digest) =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
