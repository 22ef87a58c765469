import { mapped } from '../mapped.mjs';
import { ratio, spread } from '../stats.mjs';

// A client that asks the registry itself has no connections yet, whatever bhcr has.
const DIRECT = ['registry', 'fresh'];

/**
 * The shares of a run: the first side's time over the second's, each with its state. `most` is the
 * project's budget.
 */
const QUESTIONS = {
  first_manifest_warm_vs_registry: share('manifest_ms', 'warm', DIRECT, 0.58),
  first_manifest_fresh_vs_registry: share('manifest_ms', 'fresh', DIRECT, 0.95),
  last_redirect_warm_vs_registry: share('redirects_ms', 'warm', DIRECT),
  last_redirect_fresh_vs_registry: share('redirects_ms', 'fresh', DIRECT),
};

/** The shares to tell, if these sides were measured. */
export const farQuestions = (sides) => ({
  ...QUESTIONS,
  ...Object.assign({}, ...sides.slice(2).map(ofPeer)),
});

const ofPeer = ({ id }) => ({
  [`first_manifest_warm_vs_${id}`]: share('manifest_ms', 'warm', [id, 'warm']),
  [`first_manifest_fresh_vs_${id}`]: share('manifest_ms', 'fresh', [id, 'fresh']),
});

/** The measurements of first pulls, in the form of `first_pulls` in `bench/results.json`. */
export function makeFarResults({ ms, sides, samples }) {
  const of = (figure, [id, state]) => samples[id].map((sample) => sample[state][figure]);
  const shares = mapped(farQuestions(sides), ({ figure, pair: [one, other], most }) => ({
    ...ratio(of(figure, one), of(figure, other)),
    most,
  }));
  return {
    round_trip_ms: ms,
    shares,
    sides: Object.fromEntries(sides.map(({ id, title }) => [id, tell(title, samples[id])])),
  };
}

function tell(title, samples) {
  const figures = (state) => mapped(samples[0][state], (_, name) => figure(state, name));
  const figure = (state, name) => spread(samples.map((sample) => sample[state][name]));
  return { title, ...mapped(samples[0], (_, state) => figures(state)) };
}

function share(figure, state, other, most) {
  return { figure, pair: [['bhcr', state], other], most };
}
