// What is used of the binary format of WebAssembly:
// https://webassembly.github.io/spec/core/binary/modules.html

const HEADER = 8;
const CUSTOM = 0;
const CODE = 10;
const FUNCTION_NAMES = 1;

/** The bytes of each function that a module defines, in their order. */
export function functionsOf(module) {
  const reader = new Reader(module, HEADER);
  while (!reader.isAtEnd()) {
    const id = reader.byte();
    const content = reader.sized();
    if (id === CODE) return new Reader(content).list((entry) => entry.sized());
  }
  return [];
}

/** The module with names for the functions that it defines. It must not have names yet. */
export function withNames(module, names) {
  const imported = importedFunctions(module);
  const named = names.map((name, index) => [...number(imported + index), ...text(name)]);
  const functionNames = sized([...number(named.length), ...named.flat()]);
  const section = [...text('name'), FUNCTION_NAMES, ...functionNames];
  return Buffer.concat([module, Buffer.from([CUSTOM, ...sized(section)])]);
}

const importedFunctions = (module) =>
  WebAssembly.Module.imports(new WebAssembly.Module(module)).filter(
    ({ kind }) => kind === 'function',
  ).length;

class Reader {
  #bytes;
  #at;

  constructor(bytes, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  isAtEnd() {
    return this.#at === this.#bytes.length;
  }

  byte() {
    this.#at += 1;
    return this.#bytes[this.#at - 1];
  }

  /** An unsigned number in LEB128: seven bits in each byte, the lowest first. */
  number() {
    const byte = this.byte();
    return byte < 0x80 ? byte : byte - 0x80 + this.number() * 0x80;
  }

  /** Bytes after their number. */
  sized() {
    const size = this.number();
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }
}

const number = (value) =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...number(Math.floor(value / 0x80))];
const sized = (bytes) => [...number(bytes.length), ...bytes];
const text = (value) => sized([...Buffer.from(value)]);
