import { HOSTED_QUESTIONS } from './hosted/ratios.mjs';
import { questions } from './ratios.mjs';

const MEGABYTE = 1_000_000;
const STATES = { fresh: 'fresh connections', warm: 'warm connections', hot: 'pulled before' };
const RATIOS = ['ratio', 'by time', 'from', 'to', 'by CPU', 'from', 'to', 'aim'];
const number = (value, digits) => (value === undefined ? '–' : value.toFixed(digits));

/** The results as tables for people. */
export function report(results, peers) {
  return [
    table(
      ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', 'memory MB', 'upstream'],
      sides(results),
    ),
    table(RATIOS, ratios(results, questions(peers))),
    table(['docker pull, 20 layers', 'seconds', 'least', 'most', 'upstream'], pulls(results)),
    table(['first manifest', 'ms', 'least', 'most', 'last redirect', 'upstream'], firsts(results)),
    table(['share of the time', 'median', 'least', 'most', 'at most'], shares(results)),
    table(['upstream requests for', 'cold', 'hot'], forms(results)),
    table(['hosted', 'seconds', 'least', 'most', 'CPU ms', 'CPU ms/100 MB'], tasks(results)),
    table(RATIOS, ratios(results.hosted, HOSTED_QUESTIONS)),
    `${(results.size.gzip_bytes / 1000).toFixed(1)} kB gzipped`,
  ].join('\n\n');
}

const sides = ({ sides: all }) =>
  Object.values(all).map((side) => [
    side.title,
    number(side.requests_per_second.median, 0),
    number(side.p50_ms.median, 2),
    number(side.p99_ms.median, 2),
    number(side.cpu_ms && side.cpu_ms.median * 1000, 0),
    number(side.memory_bytes && side.memory_bytes / MEGABYTE, 0),
    number(side.upstream?.median, 2),
  ]);

const ratios = ({ ratio_spread, cpu_ratio_spread }, asked) =>
  Object.entries(asked).map(([name, { aim }]) => {
    const figures = [ratio_spread[name], cpu_ratio_spread[name]].flatMap((it) => [
      it?.median,
      it?.low,
      it?.high,
    ]);
    return [name, ...[...figures, aim].map((value) => number(value, 2))];
  });

const pulls = ({ pull_seconds, upstream_requests }) =>
  Object.entries(pull_seconds ?? {}).map(([kind, { median, min, max }]) => [
    kind,
    ...[median, min, max].map((value) => number(value, 2)),
    number(upstream_requests[kind], 0),
  ]);

const firsts = ({ first_pulls: { sides: all } }) =>
  Object.values(all).flatMap(({ title, ...states }) =>
    Object.entries(states).map(([state, { manifest_ms, redirects_ms, requests }]) => [
      `${title}, ${STATES[state]}`,
      ...[manifest_ms.median, manifest_ms.min, manifest_ms.max, redirects_ms.median].map((value) =>
        number(value, 0),
      ),
      number(requests.median, 0),
    ]),
  );

const shares = ({ first_pulls: { shares: all } }) =>
  Object.entries(all).map(([name, { median, min, max, most }]) => [
    name,
    ...[median, min, max, most].map((value) => number(value, 2)),
  ]);
const forms = ({ form_requests }) =>
  Object.entries(form_requests).map(([title, { cold, hot }]) => [title, `${cold}`, `${hot}`]);

const tasks = ({ hosted: { tasks: all, titles } }) =>
  Object.values(all).flatMap(({ title, sides: its }) =>
    Object.entries(its).map(([id, { seconds, cpu_ms, cpu_ms_per_100_mb }]) => [
      `${title}; ${titles[id]}`,
      ...[seconds.median, seconds.min, seconds.max].map((value) => number(value, 2)),
      number(cpu_ms.median, 0),
      number(cpu_ms_per_100_mb?.median, 0),
    ]),
  );

function table(head, rows) {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)));
  const line = (row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at])))
      .join('  ');
  return [head, ...rows].map(line).join('\n');
}
