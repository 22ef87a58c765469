/**
 * The limits of the Worker: its size in bytes, gzipped, and the milliseconds that it takes to start.
 * The first request in an isolate waits for both. Cloudflare allows a second to start; a Worker that
 * takes a tenth of that does work which could wait. The limit has room for slow machines.
 */
export const BUDGET = { total: 320_000, startMs: 40 };

const GROWN = `  See what is large: twiggy top target/wasm32-unknown-unknown/release/bhcr.wasm
  A crate may have features that nobody uses: see cargo tree --edges normal,features.`;

const SLOW = `  Move work from the global scope or #[wasm_bindgen(start)] into the first request.
  If the machine was busy: remove .local/build.json and build again.`;

const WORTH_IT = '  If it is worth it, raise the budget in dev/budget.mjs.';

/** One text for each figure that is over budget: by how much, and what to do. */
export function overBudget({ total, startMs }) {
  const rows = [
    { figure: total, budget: BUDGET.total, text: kilobytes, what: 'gzipped', advice: GROWN },
    { figure: startMs, budget: BUDGET.startMs, text: milliseconds, what: 'to start', advice: SLOW },
  ];
  return rows
    .filter(({ figure, budget }) => figure > budget)
    .map(({ figure, budget, text, what, advice }) => {
      const over = `${text(figure)} ${what} is ${text(figure - budget)} over the budget`;
      return `${over} of ${text(budget)}.\n${advice}\n${WORTH_IT}`;
    });
}

// Rounded up, so that one byte too many does not show as 0.0 kB.
export const kilobytes = (bytes) => `${(Math.ceil(bytes / 100) / 10).toFixed(1)} kB`;
export const milliseconds = (ms) => `${Math.ceil(ms)} ms`;
