// Bodies on their way into R2, in parts of one size. A part of a body of known length streams through.
// A part of any other body is kept in one of a few buffers until it is complete.

import {
  answered,
  Hash,
  Late,
  Parts,
  Patience,
  PIECE,
  present,
  Source,
  streamOf,
} from './objects.js';

const LIMITS = {
  // Buffers for bodies of unknown length in an isolate, whose memory has 128 MB.
  buffers: 12,
  // How many such bodies of one owner come in at once: docker pushes five layers at a time.
  share: 5,
  // How many buffers keep their memory for the next body. The memory of the others is freed.
  kept: 4,
  // A body that brings fewer than `bytes` bytes in `within` milliseconds is given up. That is 3 kB/s,
  // and at that pace no client would ever finish a layer. A short pause of a connection is allowed.
  bytes: 64 * 1024,
  within: 20_000,
};

/** Where bodies come in. A caller that is slow or has many bodies must not keep others out. */
export class Gate {
  constructor(limits) {
    this.limits = limits;
    this.idle = [];
    this.inUse = 0;
    this.streams = new Map();
  }

  /** An intake; a body of unknown length is taken in only where a buffer is free for its owner. */
  takeIn(stream, length, algorithm, part, owner) {
    const source = stream && new Sent(stream, this.limits);
    const hash = algorithm && new Hash(algorithm);
    const what = { source, hash, part, patience: this.limits.patience };
    if (length !== undefined) return new Measured(what, length);
    if (this.enter(owner)) return new Buffered(what, this, owner);
    source?.release();
    return undefined;
  }

  enter(owner) {
    const streams = this.streams.get(owner) ?? 0;
    if (this.inUse >= this.limits.buffers || streams >= this.limits.share) return false;
    this.streams.set(owner, streams + 1);
    return true;
  }

  leave(owner) {
    const streams = this.streams.get(owner) - 1;
    if (streams > 0) this.streams.set(owner, streams);
    else this.streams.delete(owner);
  }

  takeBuffer(size) {
    this.inUse += 1;
    return this.idle.pop() ?? new ArrayBuffer(size);
  }

  /** One more buffer for a body that has one, unless too few would be left for other bodies. */
  takeSecondBuffer(size) {
    return this.inUse < this.limits.buffers / 2 ? this.takeBuffer(size) : undefined;
  }

  // A buffer loses its memory if the body breaks off while the buffer is being filled.
  returnBuffer(buffer) {
    this.inUse -= 1;
    if (buffer.byteLength > 0 && this.idle.length < this.limits.kept) this.idle.push(buffer);
  }
}

const gate = new Gate(LIMITS);

export const takeIn = (...body) => gate.takeIn(...body);

/** The body broke off (`cut`), came too slowly (`slow`), or is longer than announced (`long`). */
class Stopped extends Error {
  constructor(end) {
    super(end);
    this.told = { end };
  }
}

/** A body on its way into parts of `part` bytes. */
class Intake {
  constructor({ source, hash, part, patience }) {
    this.source = source;
    this.hash = hash;
    this.part = part;
    this.patience = patience;
    // For what waits piece by piece.
    this.pieces = new Patience(patience);
  }

  /** Carries out an order, as JSON, and says what was stored, as JSON. */
  async store(bucket, text) {
    const order = JSON.parse(text);
    const parts = new Parts(bucket, order, this.patience);
    const told = await this.fill(bucket, order, parts).catch((error) => error);
    const failed = told instanceof Late ? told : await parts.settled();
    // If a part was not complete, storing it fails. The reason is what happened to the body.
    const end = told instanceof Stopped ? told.told : outcome(failed ?? told);
    if (end.end !== 'more') this.release();
    return JSON.stringify({ ...end, upload: parts.id, etags: parts.etags });
  }

  answered(promise) {
    return answered(promise, this.patience);
  }

  async whole(rest) {
    return { end: 'whole', rest, digest: await this.hash?.end() };
  }

  /** Ends the intake: the rest of the body is not read. */
  release() {
    this.pieces.end();
    this.source?.release();
    this.source = undefined;
  }
}

/** A body of known length: its parts stream, and only a piece of them is in memory. */
class Measured extends Intake {
  constructor(what, length) {
    super(what);
    this.left = length;
    this.memory = new ArrayBuffer(PIECE);
  }

  async fill(bucket, order, parts) {
    const found = order.tail && (await present(bucket, order.tail));
    const tail = found && new Source(found.body, this.pieces);
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
      await this.answered(stored);
    }
    return this.whole(rest);
  }

  // Hands `size` bytes over as one stream, `waiting` of them from the tail. `take` gives a list
  // with a promise. To await the promise itself would be to wait for R2 before it has its bytes.
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
      await this.answered(writer.close());
    } catch (error) {
      writer.abort(error).catch(() => {});
      // If R2 refused, its refusal is the reason why the bytes are no longer taken.
      if (!(error instanceof Stopped || error instanceof Late)) await stored;
      throw error;
    }
    return taken;
  }

  async copy(source, writer, count, hash) {
    for (let left = count; left > 0; ) {
      const piece = await source?.read(new Uint8Array(this.memory, 0, Math.min(left, PIECE)));
      if (!piece?.length) throw new Stopped('cut');
      await this.pieces.wait(Promise.all([writer.write(piece), hash?.add(piece)]));
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
  constructor(what, gate, owner) {
    super(what);
    [this.gate, this.owner] = [gate, owner];
    this.buffer = gate.takeBuffer(what.part);
  }

  async fill(bucket, order, parts) {
    let filled = order.tail ? await this.fillFrom(await this.tail(bucket, order), 0) : 0;
    while (parts.count < order.parts) {
      filled = await this.fillFrom(this.source, filled, this.hash);
      if (filled < this.part) return this.end(bucket, order, filled);
      await this.send(parts);
      filled = 0;
    }
    return { end: 'more' };
  }

  async tail(bucket, order) {
    return new Source((await present(bucket, order.tail)).body, this.pieces);
  }

  // While a part is on its way the next one is read, if there is a second buffer.
  async send(parts) {
    await this.sending;
    const full = this.buffer;
    const [stored] = await parts.add(streamOf(new Uint8Array(full)));
    const next = this.gate.takeSecondBuffer(this.part);
    if (!next) return await this.answered(stored);
    this.buffer = next;
    this.sending = this.answered(stored).finally(() => this.gate.returnBuffer(full));
    this.sending.catch(() => {});
  }

  async end(bucket, order, filled) {
    const rest = new Uint8Array(this.buffer, 0, filled);
    if (filled > 0) await this.answered(bucket.put(order.rest, streamOf(rest)));
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
    if (!this.buffer) return;
    this.gate.returnBuffer(this.buffer);
    this.gate.leave(this.owner);
    this.buffer = undefined;
  }
}

/** The body of a request, which has a pace to keep. */
class Sent extends Source {
  constructor(stream, { bytes, within }) {
    super(stream, new Patience(within, () => new Stopped('slow')));
    this.bytes = bytes;
  }

  async read(view) {
    try {
      return await this.patience.wait(this.fill(view, this.bytes));
    } catch (error) {
      if (!(error instanceof Stopped)) throw new Stopped('cut');
      // The memory belongs to the read until it is cancelled.
      this.reader.cancel().catch(() => {});
      throw error;
    }
  }

  release() {
    this.patience.end();
    super.release();
  }
}

const outcome = (told) => (told instanceof Error ? { end: 'failed', message: told.message } : told);
