import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../support/clients.mjs';
import { run } from '../support/run.mjs';
import { SUITES } from './conformance-suites.mjs';

const installed = Object.keys(SUITES).filter(program);

/** The forms of the suite that are installed. The older one always is: the newer may not be had. */
export const FORMS = installed.length > 0 ? installed : ['conformance-1.1'];

/**
 * Runs one form of the suite. Answers its cases as `{ name, status, about }`, the files and the output
 * of each run, the patterns of its groups, and the cases that cannot pass.
 */
export async function conformance(form, settings) {
  const { environments, groups, impossible } = SUITES[form];
  return { ...(await runAll(form, environments(settings))), groups, impossible };
}

/** Runs all of one form against a repository that it may push to and delete from. */
export async function wholeConformance(form, settings) {
  const { whole, workflows, skips } = SUITES[form];
  return { ...(await runAll(form, whole(settings))), workflows, skips };
}

async function runAll(form, environments) {
  const home = scratch('conformance');
  const runs = [];
  for (const [index, environment] of environments.entries()) {
    const cwd = join(home, `${index}`);
    mkdirSync(cwd);
    const env = { ...cleanEnvironment(home), ...environment };
    // The exit status does not count: the reports have what failed, and one form of the suite exits
    // with 0 even if it cannot read its settings.
    const { output } = await run(program(form), [], { cwd, env }).catch((error) => error);
    runs.push({ files: read(cwd), output });
  }
  const cases = runs.flatMap(({ files }) => casesOf(files['junit.xml'] ?? ''));
  return { cases, runs };
}

const read = (dir) =>
  Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')]));

// Reads as much of XML as the reports of both forms have.
const CASE = /<testcase name="([^"]*)"[^>]*status="(\w+)"[^>]*>(.*?)(?=<testcase|$)/gs;
const casesOf = (junit) =>
  [...junit.matchAll(CASE)].map(([, name, status, about]) => ({ name, status, about }));
