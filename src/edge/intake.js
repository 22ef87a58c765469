// Bodies on their way into R2, in parts of one size. A part of a body whose length is known streams
// through; of another body a part is in memory until it is known to be one, in one of few buffers.

import { hex, present } from './objects.js';

const BUFFERS = 12;
// The memory of so many buffers is kept for the next body, and that of others freed.
const KEPT_BUFFERS = 4;
// What is read at once of a body whose length is known.
const PIECE = 256 * 1024;

const idle = [];
let inUse = 0;

/** A body of unknown length is taken in only where a buffer of `part` bytes is free. */
export function takeIn(stream, length, algorithm, part) {
  const hash = algorithm && new Hash(algorithm);
  if (length !== undefined) return new Measured(stream, hash, part, length);
  const buffer = takeBuffer(part);
  return buffer && new Buffered(stream, hash, part, buffer);
}

/** The body broke off (`cut`), or has more bytes than were announced (`long`). */
class Stopped extends Error {
  constructor(end) {
    super(end);
    this.told = { end };
  }
}

/** A body on its way into parts of `part` bytes. */
class Intake {
  constructor(stream, hash, part) {
    this.source = stream && new Source(stream, new Stopped('cut'));
    this.hash = hash;
    this.part = part;
  }

  /** Carries out an order, as JSON, and says what was stored, as JSON. */
  async store(bucket, text) {
    const order = JSON.parse(text);
    const parts = new Parts(bucket, order);
    const told = await this.fill(bucket, order, parts).catch(outcome);
    const failed = await parts.settled();
    // A part that was not whole fails, which is told by what happened to the body.
    const end = told.end === 'cut' || told.end === 'long' ? told : (failed ?? told);
    return JSON.stringify({ ...end, upload: parts.id, etags: parts.etags });
  }

  async whole(rest) {
    return { end: 'whole', rest, digest: await this.hash?.end() };
  }

  /** Whatever was not read is not read any more. */
  release() {
    this.source?.release();
    this.source = undefined;
  }
}

/** A body of known length: its parts stream, and only a piece of them is in memory. */
class Measured extends Intake {
  constructor(stream, hash, part, length) {
    super(stream, hash, part);
    this.left = length;
    this.memory = new ArrayBuffer(PIECE);
  }

  async fill(bucket, order, parts) {
    const found = order.tail && (await present(bucket, order.tail));
    const tail = found && new Source(found.body);
    let waiting = found?.size ?? 0;
    while (parts.count < order.parts && waiting + this.left >= this.part) {
      await this.stream(tail, waiting, this.part, (readable) => parts.add(readable));
      waiting = 0;
    }
    if (parts.count === order.parts) return { end: 'more' };
    const rest = waiting + this.left;
    if (rest === 0) await this.expectEnd();
    else {
      const put = (readable) => [bucket.put(order.rest, readable)];
      const [stored] = await this.stream(tail, waiting, rest, put);
      await stored;
    }
    return this.whole(rest);
  }

  // Hands `size` bytes over as one stream, `waiting` of them from the tail. What `take` gives is a
  // list, so that nobody waits for the promise in it before its bytes are there.
  async stream(tail, waiting, size, take) {
    const { readable, writable } = new FixedLengthStream(size);
    const taken = await take(readable);
    const [stored] = taken;
    stored.catch(() => {});
    const writer = writable.getWriter();
    try {
      await this.copy(tail, writer, waiting);
      await this.copy(this.source, writer, size - waiting, this.hash);
      this.left -= size - waiting;
      if (this.left === 0) await this.expectEnd();
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => {});
      // If R2 refused, its refusal is the reason why the bytes are no longer taken.
      if (!(error instanceof Stopped)) await stored;
      throw error;
    }
    return taken;
  }

  async copy(source, writer, count, hash) {
    for (let left = count; left > 0; ) {
      const piece = await source?.read(new Uint8Array(this.memory, 0, Math.min(left, PIECE)));
      if (!piece?.length) throw new Stopped('cut');
      await Promise.all([writer.write(piece), hash?.add(piece)]);
      this.memory = piece.buffer;
      left -= piece.length;
    }
  }

  async expectEnd() {
    const more = await this.source?.read(new Uint8Array(1));
    if (more?.length) throw new Stopped('long');
  }
}

/** A body of unknown length: a part is in memory until it is known to be one. */
class Buffered extends Intake {
  constructor(stream, hash, part, buffer) {
    super(stream, hash, part);
    this.buffer = buffer;
  }

  async fill(bucket, order, parts) {
    let filled = order.tail
      ? await this.fillFrom(new Source((await present(bucket, order.tail)).body), 0)
      : 0;
    while (parts.count < order.parts) {
      filled = await this.fillFrom(this.source, filled, this.hash);
      if (filled < this.part) return this.end(bucket, order, filled);
      await this.send(parts);
      filled = 0;
    }
    return { end: 'more' };
  }

  // While a part is on its way the next one is read, if there is a second buffer.
  async send(parts) {
    await this.sending;
    const full = this.buffer;
    const [stored] = await parts.add(new Uint8Array(full));
    const next = takeBuffer(this.part);
    if (!next) return await stored;
    this.buffer = next;
    this.sending = stored.finally(() => returnBuffer(full));
    this.sending.catch(() => {});
  }

  async end(bucket, order, filled) {
    if (filled > 0) await bucket.put(order.rest, new Uint8Array(this.buffer, 0, filled));
    return this.whole(filled);
  }

  async fillFrom(source, from, hash) {
    let filled = from;
    while (filled < this.part) {
      const piece = await source?.read(new Uint8Array(this.buffer, filled));
      if (!piece) break;
      this.buffer = piece.buffer;
      if (!piece.length) break;
      await hash?.add(piece);
      filled += piece.length;
    }
    return filled;
  }

  release() {
    super.release();
    if (this.buffer) returnBuffer(this.buffer);
    this.buffer = undefined;
  }
}

/** A stream that is read into memory that is given. */
class Source {
  constructor(stream, broken) {
    this.reader = stream.getReader({ mode: 'byob' });
    this.broken = broken;
  }

  /** Fills the memory; less comes only at the end, and nothing after it. */
  async read(view) {
    try {
      return (await this.reader.readAtLeast(view.byteLength, view)).value;
    } catch (error) {
      throw this.broken ?? error;
    }
  }

  // Not cancelled: the rest of the request's body is drained, so that the client gets the answer.
  release() {
    this.reader.releaseLock();
  }
}

/** The parts of an order, of which the one before the last may still be on its way. */
class Parts {
  constructor(bucket, { key, upload, next }) {
    this.bucket = bucket;
    this.key = key;
    this.id = upload;
    this.next = next;
    this.count = 0;
    this.etags = [];
    this.last = Promise.resolve();
  }

  /** Begins to store a part once the one before it is stored; gives a promise in a list. */
  async add(value) {
    const upload = await this.upload();
    const before = this.last;
    await this.before;
    const stored = upload.uploadPart(this.next + this.count, value);
    this.count += 1;
    this.before = before;
    this.last = before.then(async () => {
      this.etags.push((await stored).etag);
    });
    for (const promise of [stored, this.last]) promise.catch(() => {});
    return [this.last];
  }

  async upload() {
    if (this.id !== undefined) return this.bucket.resumeMultipartUpload(this.key, this.id);
    const upload = await this.bucket.createMultipartUpload(this.key);
    this.id = upload.uploadId;
    return upload;
  }

  /** Waits for the last part, and says what failed if one did. */
  async settled() {
    try {
      await this.last;
      return undefined;
    } catch (error) {
      return outcome(error);
    }
  }
}

class Hash {
  constructor(algorithm) {
    this.stream = new crypto.DigestStream(algorithm);
    this.writer = this.stream.getWriter();
  }

  add(piece) {
    return this.writer.write(piece);
  }

  async end() {
    await this.writer.close();
    return hex(await this.stream.digest);
  }
}

function takeBuffer(size) {
  if (inUse === BUFFERS) return undefined;
  inUse += 1;
  return idle.pop() ?? new ArrayBuffer(size);
}

// The memory of a buffer is gone where the body broke off while it was being filled.
function returnBuffer(buffer) {
  inUse -= 1;
  if (buffer.byteLength > 0 && idle.length < KEPT_BUFFERS) idle.push(buffer);
}

const outcome = (error) => error.told ?? { end: 'failed', message: error.message };
