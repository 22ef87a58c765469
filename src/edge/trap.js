// A trap (a panic, a failed allocation, a stack that is too deep) leaves the instance's memory as it
// was at that moment, and its futures unfinished. Nothing may run in that instance any more.

const { Instance } = WebAssembly;
const waiting = new Set();
let trapped = false;

// The bindings make every instance with this function, and call an instance only through the
// exports that it returns.
WebAssembly.Instance = function watched(module, imports) {
  const { exports } = new Instance(module, imports);
  const entries = Object.entries(exports).filter(isEntered);
  const long = entries.find(([, entry]) => entry.length > MOST_PARAMETERS);
  if (long) throw new Error(`${long[0]} has more parameters than are passed on`);
  const watching = entries.map(([name, entry]) => [name, watch(entry, exports.memory)]);
  trapped = false;
  // V8 treats frozen objects as constant, as it treats the exports themselves.
  return { exports: Object.freeze({ ...exports, ...Object.fromEntries(watching) }) };
};

// Other functions with a reserved name are called within a call that is under way.
const isEntered = ([name, it]) =>
  typeof it === 'function' && (name === '__wbindgen_destroy_closure' || !name.startsWith('__'));

// To pass parameters on as a list would cost several times as much.
const MOST_PARAMETERS = 5;
const watch = (entry, memory) => (one, two, three, four, five) => {
  if (trapped) throw new Error('the instance has trapped');
  try {
    return entry(one, two, three, four, five);
  } catch (error) {
    if (!trapped) end(error, memory.buffer.byteLength);
    throw error;
  }
};

function end(error, memory) {
  trapped = true;
  console.error(JSON.stringify({ trap: String(error), memory, unanswered: waiting.size }));
  for (const promised of waiting) promised.reject(error);
}

/** Whether the instance has to be replaced before the next call. */
export const hasTrapped = () => trapped;

/** A promise that WebAssembly settles. A trap rejects it: otherwise it would never settle. */
export class Promised {
  begin() {
    this.promise = new Promise((resolve, reject) => {
      this.settling = { resolve, reject };
    });
    waiting.add(this);
    return this.promise;
  }

  resolve(value) {
    waiting.delete(this);
    this.settling.resolve(value);
  }

  reject(error) {
    waiting.delete(this);
    this.settling.reject(error);
  }
}

/** The context of an event, with promises of work after its answer. */
export const outliving = (context) => ({
  outlive() {
    const promised = new Promised();
    context.waitUntil(promised.begin());
    return promised;
  },
});
