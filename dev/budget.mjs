/**
 * The most that the Worker may come to: bytes gzipped, and milliseconds to start. A request waits
 * for both where nothing runs yet. The time has room for slow machines; Cloudflare's own bound is
 * a second, but what takes a tenth of that already is work that could wait.
 */
export const BUDGET = { total: 200_000, startMs: 40 };

const GROWN = `  See what is large: twiggy top target/wasm32-unknown-unknown/release/bhcr.wasm
  A crate may bring more than is used: cargo tree --edges normal,features shows what to turn off.`;

const SLOW = `  Work in the global scope or in #[wasm_bindgen(start)] belongs into the first request.
  If the machine was busy: remove .local/build.json and build again.`;

const WORTH_IT = '  Where it is worth it, raise the budget in dev/budget.mjs.';

/** What is over budget, by how much and what to do: a text for each, none where all is well. */
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

// Rounded up: what is over is never nothing.
export const kilobytes = (bytes) => `${(Math.ceil(bytes / 100) / 10).toFixed(1)} kB`;
export const milliseconds = (ms) => `${Math.ceil(ms)} ms`;
