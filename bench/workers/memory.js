// A memory that is bounded as bhcr's is: in bytes, and the least recently used entry goes first.
const CAPACITY = 8 << 20;

export class Memory {
  #entries = new Map();
  #bytes = 0;

  recall(key) {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    // A map has its keys in the order in which they were set.
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found.value;
  }

  remember(key, value, bytes) {
    this.#forget(key);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    while (this.#bytes > CAPACITY) this.#forget(this.#entries.keys().next().value);
  }

  #forget(key) {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
