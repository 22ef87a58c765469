// The JavaScript side of R2. The bytes of what is stored stay on this side.

/** How many bytes of a stream are read at once. */
export const PIECE = 256 * 1024;

// For how long R2 is waited for that has everything it needs, in milliseconds: a call that has all
// bytes, the next piece of an object, or a piece to be taken.
const PATIENCE = 30_000;

// The longest whole body, in bytes, of which the Worker learns when R2 has taken its last byte. For
// that it goes through a pipe, which costs a longer one a tenth of its pace.
const PIPED = 8 * PIECE;

// The least pace of a whole body, in bytes a millisecond: it has so much time to come before R2 is
// waited for. A body that comes in pieces is given up at this pace, too.
const PACE = 3;

/** R2 did not answer in time. */
export class Late extends Error {}

/**
 * Waits for one thing at a time, and gives up if one takes `milliseconds`. All of them share one
 * timer, because a layer has thousands of pieces.
 */
export class Patience {
  constructor(milliseconds = PATIENCE, late = () => new Late('R2 does not answer')) {
    this.milliseconds = milliseconds;
    this.late = late;
  }

  /** What a promise comes to in time. Otherwise what it comes to later counts for nothing. */
  wait(promise) {
    this.since = Date.now();
    this.timer ??= setTimeout(() => this.look(), this.milliseconds);
    return new Promise((resolve, reject) => {
      this.reject = reject;
      Promise.resolve(promise).then(resolve, reject);
    });
  }

  // If nothing is waited for any more, the rejection comes too late for any promise.
  look() {
    const left = this.since + this.milliseconds - Date.now();
    this.timer = left > 0 ? setTimeout(() => this.look(), left) : undefined;
    if (!this.timer) this.reject(this.late());
  }

  end() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

/** What R2 answers in time. */
export async function answered(promise, milliseconds) {
  const patience = new Patience(milliseconds);
  try {
    return await patience.wait(promise);
  } finally {
    patience.end();
  }
}

/** The size of an object, if there is one. */
export async function objectSize(bucket, key) {
  return (await answered(bucket.head(key)))?.size;
}

/**
 * An object as a stream, or `length` bytes of it from `offset` on. If the object ends before that,
 * its size as a number, because R2 would send fewer bytes, or the whole object.
 */
export async function objectRead(bucket, key, offset, length) {
  if (length === undefined) return (await answered(bucket.get(key)))?.body;
  let found;
  try {
    found = await answered(bucket.get(key, { range: { offset, length } }));
  } catch (error) {
    const size = await objectSize(bucket, key);
    if (size === undefined || offset + length <= size) throw error;
    return size;
  }
  if (!found || offset + length <= found.size) return found?.body;
  await found.body.cancel();
  return found.size;
}

/** Stores a stream of `length` bytes; no stream is no bytes. */
export async function objectPut(bucket, key, stream, length, algorithm, hex, limits = {}) {
  const { patience = PATIENCE, pace = PACE } = limits;
  const checked = { [algorithm]: hex };
  const atMost = patience + length / pace;
  if (!stream || length > PIPED) {
    const stored = bucket.put(key, stream ?? new Uint8Array(), checked);
    return void (await answered(stored, atMost));
  }
  const { readable, writable } = new FixedLengthStream(length);
  const stored = bucket.put(key, readable, checked);
  // If the body comes too slowly, nobody waits for R2's answer any more.
  stored.catch(() => {});
  // If R2 refuses, the body is not cancelled, because its client may still be sending. If the body
  // breaks off, R2 is told.
  const sent = stream.pipeTo(writable, { preventCancel: true }).catch(() => {});
  await answered(Promise.race([stored, sent]), atMost);
  await answered(stored, patience);
}

export async function objectPutBytes(bucket, key, bytes) {
  await answered(bucket.put(key, bytes));
}

/** Stores the object under `from` as a part, and gives the part's etag. */
export async function uploadAppend(bucket, key, id, number, from) {
  const found = await present(bucket, from);
  const upload = bucket.resumeMultipartUpload(key, id);
  const { etag } = await answered(upload.uploadPart(number, found.body));
  return etag;
}

/** Completes an upload of `[{ partNumber, etag }]`, as JSON. */
export async function uploadComplete(bucket, key, id, parts) {
  await answered(bucket.resumeMultipartUpload(key, id).complete(JSON.parse(parts)));
}

export async function uploadAbort(bucket, key, id) {
  await answered(bucket.resumeMultipartUpload(key, id).abort());
}

/** The hash of an object in hexadecimal, if there is one. */
export async function objectHash(bucket, key, algorithm) {
  const found = await answered(bucket.get(key));
  if (!found) return undefined;
  const [patience, hash] = [new Patience(), new Hash(algorithm)];
  const source = new Source(found.body, patience);
  try {
    for (let memory = new ArrayBuffer(PIECE); ; ) {
      const piece = await source.read(new Uint8Array(memory));
      if (!piece?.length) return await hash.end();
      await hash.add(piece);
      memory = piece.buffer;
    }
  } finally {
    patience.end();
  }
}

/** Deletes the objects of a JSON list of keys. */
export async function objectsDelete(bucket, keys) {
  await answered(bucket.delete(JSON.parse(keys)));
}

/** `{ objects: [{ key, size }], cursor }` as JSON. */
export async function objectsList(bucket, prefix, cursor) {
  const page = await answered(bucket.list({ prefix, cursor }));
  const objects = page.objects.map(({ key, size }) => ({ key, size }));
  return JSON.stringify({ objects, cursor: page.truncated ? page.cursor : undefined });
}

/** An object that must be there. */
export async function present(bucket, key) {
  const found = await answered(bucket.get(key));
  if (!found) throw new Error('the object is not there (10007)');
  return found;
}

/** A stream of R2's that is read into the memory that the caller gives. */
export class Source {
  constructor(stream, patience) {
    this.reader = stream.getReader({ mode: 'byob' });
    this.patience = patience;
  }

  /** Fills the memory. Only at the end, it fills less or nothing. */
  read(view) {
    return this.patience.wait(this.fill(view, view.byteLength));
  }

  /** Fills the memory or a part of it, `least` bytes or more. */
  async fill(view, least) {
    return (await this.reader.readAtLeast(Math.min(least, view.byteLength), view)).value;
  }

  // The stream is not cancelled: the rest of the request's body is drained, so that the client gets
  // the answer.
  release() {
    this.reader.releaseLock();
  }
}

/** Bytes as a stream. Of bytes that it gets as they are, the runtime would make a copy first. */
export function streamOf(bytes) {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  feed(writable.getWriter(), bytes).catch(() => {});
  return readable;
}

async function feed(writer, bytes) {
  for (let at = 0; at < bytes.length; at += PIECE)
    await writer.write(bytes.subarray(at, at + PIECE));
  await writer.close();
}

/** The parts of an order, of which the one before the last may still be on its way. */
export class Parts {
  constructor(bucket, { key, upload, next }, patience) {
    this.bucket = bucket;
    this.patience = patience;
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
    await answered(this.before, this.patience);
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
    const begun = this.bucket.createMultipartUpload(this.key);
    const upload = await answered(begun, this.patience);
    this.id = upload.uploadId;
    return upload;
  }

  /** Waits for the last part, and gives the error if one failed. */
  settled() {
    return answered(this.last, this.patience).catch((error) => error);
  }
}

/** A digest of the pieces that are added. */
export class Hash {
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

/** Bytes in hexadecimal. */
function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
