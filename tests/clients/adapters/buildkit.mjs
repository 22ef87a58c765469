import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBuildkitd } from '../../support/buildkitd.mjs';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';

/** A BuildKit daemon with its client, `buildctl`. Each credential has a configuration of its own. */
export async function buildkit() {
  const home = scratch('buildkit');
  const { address, output } = await startBuildkitd();

  function buildctl(args, { host, user = 'anyone', password } = {}) {
    const env = cleanEnvironment(mkdtempSync(join(home, 'client-')));
    if (password) {
      const auth = Buffer.from(`${user}:${password}`).toString('base64');
      mkdirSync(join(env.HOME, '.docker'));
      const config = { auths: { [host]: { auth } } };
      writeFileSync(join(env.HOME, '.docker/config.json'), JSON.stringify(config));
    }
    return run(program('buildctl'), ['--addr', address, ...args], { env });
  }

  /** Builds a Dockerfile beside `content.tar`, if there is one. */
  function build(dockerfile, { host, content, more = [], ...as }) {
    const dir = mkdtempSync(join(home, 'context-'));
    writeFileSync(join(dir, 'Dockerfile'), dockerfile);
    if (content) copyFileSync(content, join(dir, 'content.tar'));
    const context = ['--local', `context=${dir}`, '--local', `dockerfile=${dir}`];
    const frontend = ['--frontend', 'dockerfile.v0', '--progress', 'plain'];
    return buildctl(['build', ...frontend, ...context, ...more], { host, ...as });
  }

  /** Builds from an image, to a folder: then BuildKit fetches every layer. */
  const pullOnly = (name, { dir = mkdtempSync(join(home, 'pull-')), ...as } = {}) =>
    build(`FROM ${name}\n`, {
      ...{ host: hostOf(name), ...as },
      more: ['--output', `type=local,dest=${dir}`],
    });

  async function pull(name, credential) {
    const { output } = await pullOnly(name, credential);
    return [output.match(/FROM \S+@(sha256:[0-9a-f]{64})/)[1]];
  }

  /** Builds an image around a file and pushes it; answers the digest that BuildKit says. */
  async function push({ archive }, name, { more = [], ...as } = {}) {
    const metadata = join(mkdtempSync(join(home, 'push-')), 'metadata.json');
    const to = ['--output', `type=image,name=${name},push=true`, '--metadata-file', metadata];
    await build('FROM scratch\nCOPY content.tar /\n', {
      ...{ host: hostOf(name), content: archive, ...as },
      more: [...to, ...more],
    });
    return JSON.parse(readFileSync(metadata, 'utf8'))['containerimage.digest'];
  }

  return { buildctl, build, output, pull, pullOnly, push };
}

const hostOf = (name) => name.split('/')[0];
