// A trap (a panic, a failed allocation, a stack that is too deep) leaves the instance's memory as it
// was at that moment, and its futures unfinished. Nothing may run in that instance any more.

const { Instance } = WebAssembly;
const waiting = new Set();
let trapped = false;

// The bindings make every instance with it, and call an instance only through what it gives.
WebAssembly.Instance = function guarded(module, imports) {
  const exports = { ...new Instance(module, imports).exports };
  for (const [name, entry] of functions(exports)) {
    if (isEntered(name)) exports[name] = catching(entry, exports);
  }
  trapped = false;
  return { exports };
};

const functions = (exports) => Object.entries(exports).filter(([, it]) => typeof it === 'function');

// The others are called by the bindings, on behalf of a call that is under way.
const isEntered = (name) => !name.startsWith('__');

function catching(entry, exports) {
  return (...given) => {
    try {
      return entry(...given);
    } catch (error) {
      if (!trapped) end(exports, error);
      throw error;
    }
  };
}

function end(exports, error) {
  trapped = true;
  const memory = exports.memory.buffer.byteLength;
  for (const [name] of functions(exports)) exports[name] = refuse;
  console.error(JSON.stringify({ trap: String(error), memory, unanswered: waiting.size }));
  for (const reject of waiting) reject(error);
  waiting.clear();
}

function refuse() {
  throw new Error('the instance has trapped');
}

/** Whether the instance has to be replaced before the next call. */
export const hasTrapped = () => trapped;

/** The same promise, but one that a trap rejects: the instance's own would never settle then. */
export function orTrap(promise) {
  return new Promise((resolve, reject) => {
    const settling = (settle) => (value) => {
      waiting.delete(reject);
      settle(value);
    };
    waiting.add(reject);
    promise.then(settling(resolve), settling(reject));
  });
}
