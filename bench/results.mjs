import { builtSizes } from '../dev/size.mjs';
import { makeFarResults } from './far/results.mjs';
import { makeHostedResults } from './hosted/results.mjs';
import { mapped } from './mapped.mjs';
import { questions } from './ratios.mjs';
import { median, ratio, spread } from './stats.mjs';

const FIGURES = ['requests_per_second', 'p50_ms', 'p99_ms', 'cpu_ms', 'upstream', 'cached'];

/** All measurements, in the form of `bench/results.json`. */
export function makeResults({ machine, options, sides, peers, measured, ...rest }) {
  const { pulls, layers, far, forms, hosted } = rest;
  const asked = questions(peers);
  const of = (figure, id) => measured.samples[id].map((sample) => sample[figure]);
  const inRounds = mapped(asked, ({ sides: [one, other] }) =>
    ratio(of('requests_per_second', one), of('requests_per_second', other)),
  );
  const hasTime = ({ sides: both }) => both.every((id) => of('cpu_ms', id)[0] !== undefined);
  const timed = Object.entries(asked).filter(([, question]) => hasTime(question));
  // The second side's time over the first's, so that more is better here as well.
  const byCpu = mapped(Object.fromEntries(timed), ({ sides: [one, other] }) =>
    ratio(of('cpu_ms', other), of('cpu_ms', one)),
  );
  return {
    date: new Date().toISOString(),
    options,
    machine,
    ratios: mapped(inRounds, (it) => it.median),
    ratio_spread: inRounds,
    cpu_ratios: mapped(byCpu, (it) => it.median),
    cpu_ratio_spread: byCpu,
    upstream_requests: pulls && upstreamRequests(pulls, layers),
    form_requests: forms,
    pull_seconds:
      pulls && mapped(pulls, (samples) => spread(samples.map(({ seconds }) => seconds))),
    first_pulls: makeFarResults(far),
    hosted: makeHostedResults(hosted),
    size: sizes(),
    sides: Object.fromEntries(sides.map((side) => [side.id, tell(side, measured)])),
    samples: { rounds: measured.samples, pulls, far: far.samples, hosted: hosted.samples },
  };
}

function tell({ id, title }, { samples, memory }) {
  const known = FIGURES.filter((figure) => samples[id][0][figure] !== undefined);
  const figures = known.map((name) => [name, spread(samples[id].map((sample) => sample[name]))]);
  return { title, ...Object.fromEntries(figures), memory_bytes: memory[id] };
}

function upstreamRequests(pulls, layers) {
  const { direct, cold, hot } = mapped(pulls, (samples) =>
    median(samples.map(({ requests }) => requests)),
  );
  return { layers, direct, cold, cold_beyond_layers: cold - layers, hot };
}

function sizes() {
  const { total, wasm, js } = builtSizes();
  return { gzip_bytes: total, wasm_gzip_bytes: wasm, js_gzip_bytes: js };
}
