// Has to be evaluated before the Worker: it sees each instance that the Worker makes.

const { Instance } = WebAssembly;

/** All instances of the Worker's module so far, the one in use last. */
export const instances = [];

WebAssembly.Instance = function watched(module, imports) {
  const instance = new Instance(module, imports);
  instances.push(instance);
  return instance;
};
