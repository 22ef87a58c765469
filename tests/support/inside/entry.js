// The built Worker, with two doors for tests beside its own.

// First, so that it sees the Worker's first instance.
import './instances.js';
import worker from './index.js';
import { instances } from './instances.js';

const PAGES = 2 ** 16;
const SIZES = [2 ** 16, 2 ** 12, 2 ** 8, 2 ** 4];

const doors = {
  /** How many instances there were, and how much memory the one in use has. */
  '/inside': () =>
    Response.json({ instances: instances.length, bytes: memory().buffer.byteLength }),

  /** Leaves the instance in use without a byte to allocate. */
  '/inside/exhaust'() {
    const { __wbindgen_malloc: allocate } = instances.at(-1).exports;
    memory().grow(PAGES - memory().buffer.byteLength / PAGES);
    for (const size of SIZES) while (succeeds(() => allocate(size, 1)));
    return Response.json({});
  },
};

const memory = () => instances.at(-1).exports.memory;

function succeeds(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

export default {
  fetch(request, ...given) {
    const door = doors[new URL(request.url).pathname];
    return door === undefined ? worker.fetch(request, ...given) : door();
  },
};
