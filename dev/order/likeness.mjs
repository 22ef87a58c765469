// Bytes in a row that count as something two functions share. Deflate wants three at least, but so
// few are in nearly every function.
const RUN = 6;

// Bytes of functions that the next one is compared with. Deflate looks back 32 kB.
const WINDOW = 16_000;

// Added to the number of a function's runs. Otherwise tiny functions would come first: they have few
// runs, and share most of them.
const SMALL = 40;

const HASHES = 2 ** 20;

/**
 * An order of functions, given as their bytes, in which each one is like those before it: the next is
 * the one that has most of its runs of bytes in common with the latest ones. Answers the indexes of
 * the functions.
 */
export function orderByLikeness(functions) {
  const window = new Window(functions.map(runsOf));
  const left = [...functions.keys()];
  const order = [];
  while (left.length > 0) {
    const [next] = left.splice(window.mostAlike(left), 1);
    order.push(next);
    window.add(next);
  }
  return order;
}

/** The functions that were placed last, and what all functions have in common with them. */
class Window {
  #runs;
  #members = [];
  #size = 0;
  // For each run: how often it occurs in the window, and the functions that have it.
  #counts = new Uint16Array(HASHES);
  #holders = new Map();
  // For each function: how many of its runs occur in the window.
  #shared;

  constructor(runs) {
    this.#runs = runs;
    this.#shared = runs.map(() => 0);
    for (const [index, ofOne] of runs.entries()) {
      for (const run of ofOne) this.#hold(run, index);
    }
  }

  add(index) {
    this.#members.push(index);
    this.#count(index, 1);
    while (this.#size > WINDOW) this.#count(this.#members.shift(), -1);
  }

  /** Which of these functions is most like the window: its place among them. */
  mostAlike(indexes) {
    let best = 0;
    for (const place of indexes.keys()) {
      if (this.#likeness(indexes[place]) > this.#likeness(indexes[best])) best = place;
    }
    return best;
  }

  #likeness(index) {
    return this.#shared[index] / (this.#runs[index].length + SMALL);
  }

  #hold(run, index) {
    const holders = this.#holders.get(run);
    if (holders) holders.push(index);
    else this.#holders.set(run, [index]);
  }

  #count(index, change) {
    for (const run of this.#runs[index]) {
      const before = this.#counts[run];
      this.#counts[run] += change;
      if (before > 0 && this.#counts[run] > 0) continue;
      for (const holder of this.#holders.get(run)) this.#shared[holder] += change;
    }
    this.#size += this.#runs[index].length * change;
  }
}

/** A hash of each run of bytes in a function. */
function runsOf(bytes) {
  const runs = [];
  for (let end = RUN; end <= bytes.length; end += 1) {
    let hash = 0;
    for (const byte of bytes.subarray(end - RUN, end)) hash = Math.imul(hash ^ byte, 0x01000193);
    runs.push((hash >>> 8) % HASHES);
  }
  return runs;
}
