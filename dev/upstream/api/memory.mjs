const LIFETIME_MS = 5 * 60 * 1000;

// The API remembers lookups for 5 minutes, also those that found nothing.
export function makeMemory() {
  const kept = new Map();

  async function memory(key, look) {
    const found = kept.get(key);
    if (found !== undefined && found.until > Date.now()) return found.value;
    const value = await look();
    kept.set(key, { value, until: Date.now() + LIFETIME_MS });
    return value;
  }

  memory.forget = () => kept.clear();
  return memory;
}
