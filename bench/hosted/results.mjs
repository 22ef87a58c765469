import { mapped } from '../mapped.mjs';
import { ratio, spread } from '../stats.mjs';
import { HOSTED_QUESTIONS } from './ratios.mjs';

/** The measurements of hosted repositories, in the form of `hosted` in `bench/results.json`. */
export function makeHostedResults({ sides, tasks, samples }) {
  const of = (figure, [task, side]) => samples[task][side].map((sample) => sample[figure]);
  // The second pair's over the first's, so that more is better.
  const asked = (figure) =>
    mapped(HOSTED_QUESTIONS, ({ pairs: [one, other] }) =>
      ratio(of(figure, other), of(figure, one)),
    );
  const [inRounds, byCpu] = [asked('seconds'), asked('cpu_ms')];
  return {
    ratios: mapped(inRounds, ({ median }) => median),
    ratio_spread: inRounds,
    cpu_ratios: mapped(byCpu, ({ median }) => median),
    cpu_ratio_spread: byCpu,
    tasks: Object.fromEntries(
      tasks.map(({ id, title }) => [id, { title, sides: mapped(samples[id], figures) }]),
    ),
    titles: mapped(sides, ({ title }) => title),
  };
}

const figures = (samples) =>
  mapped(samples[0], (_, name) => spread(samples.map((sample) => sample[name])));
