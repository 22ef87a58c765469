import { digestOf } from '../../../tests/support/registry.mjs';

const TAGS = ['a', 'b', 'c', 'd', 'all'];

/** What reads images, by those who may and by those who may not. */
export function makePulls({ history, judge, layers }) {
  /** Pulls what a tag means, with all of its blobs. */
  async function pull(caller, image, random) {
    const tag = random.pick(image.tags ?? TAGS);
    const what = () => `${image.name}:${tag}, pulled by ${caller.who}`;
    const reply = await caller.ask(image.name, 'GET', `manifests/${tag}`);
    const { status, headers, body } = reply;
    const possible = history.possible(`${image.name}:${tag}`, reply);
    if (status === 404) {
      return judge.check(possible.has(undefined), () => `a tag was not found: ${what()}`);
    }
    judge.check(status === 200, () => `a tag was answered with ${status}: ${what()}`);
    if (status !== 200) return;
    const digest = digestOf(body);
    judge.check(headers['docker-content-digest'] === digest, () => `wrong bytes: ${what()}`);
    judge.check(possible.has(digest), () => `a wrong manifest: ${what()}`);
    const { config, layers: listed } = JSON.parse(body);
    for (const layer of [config, ...(listed ?? [])].filter((one) => one !== undefined)) {
      await blob(caller, image, digest, layer, reply.from, random);
    }
  }

  // A blob is there for as long as its manifest is.
  async function blob(caller, image, manifest, layer, from, random) {
    const method = random.chance(0.3) ? 'HEAD' : 'GET';
    const { status, headers, body, until } = await caller.ask(
      image.name,
      method,
      `blobs/${layer.digest}`,
    );
    const what = () => `${layer.digest} of ${image.name}, pulled by ${caller.who}`;
    if (status === 404) {
      const mayBeGone = history.possible(`${image.name}@${manifest}`, { from, until });
      const isGone = mayBeGone.has(false) || mayBeGone.has(undefined);
      return judge.check(isGone, () => `a blob that a manifest needs is gone: ${what()}`);
    }
    judge.check(status === 200, () => `a blob is lost, ${status}: ${what()}`);
    if (status !== 200) return;
    const length = Number(headers['content-length']);
    const holds = method === 'HEAD' ? length === layer.size : digestOf(body) === layer.digest;
    judge.check(holds, () => `wrong bytes: ${what()}`);
  }

  /** Lists tags, of an image that nobody else writes to. */
  async function tags(caller, image) {
    const { status, text } = await caller.ask(image.name, 'GET', 'tags/list');
    const wanted = [...image.pointers.keys()].sort();
    const found = status === 200 ? JSON.parse(text).tags : [];
    const holds = JSON.stringify(found) === JSON.stringify(wanted);
    judge.check(holds, () => `tags of ${image.name} are ${found} instead of ${wanted}`);
  }

  /** Tries to read an image that the caller may not read. */
  async function spy(caller, image, random) {
    const [digest] = image.manifests.keys();
    const secret = layers.ofOne(image.account, random);
    const paths = [
      `manifests/${random.pick(TAGS)}`,
      'tags/list',
      ...(digest ? [`manifests/${digest}`] : []),
      ...(secret ? [`blobs/${secret.digest}`] : []),
    ];
    const path = random.pick(paths);
    const { status } = await caller.ask(image.name, random.pick(['GET', 'HEAD']), path);
    judge.check(
      status === (path.includes(':') ? 404 : 403),
      () => `what is private was answered with ${status}: ${image.name}/${path} to ${caller.who}`,
    );
  }

  /** Tries to have a blob of another account in an image of one's own. */
  async function grab(caller, own, image, random) {
    const secret = layers.ofOne(image.account, random);
    if (!secret) return;
    const told = (what, status) => () =>
      `a blob of another account was ${what}, ${status}: ${own.name}, by ${caller.who}`;
    const guess = await caller.ask(own.name, 'GET', `blobs/${secret.digest}`);
    judge.check(guess.status === 404, told('read', guess.status));
    const from = random.chance(0.5) ? `&from=${encodeURIComponent(image.name)}` : '';
    const path = `blobs/uploads/?mount=${secret.digest}${from}`;
    const mount = await caller.ask(own.name, 'POST', path, { headers: { 'content-length': '0' } });
    judge.check(mount.status === 202, told('mounted', mount.status));
  }

  /** Tries to write to an image that the caller may not write to. */
  async function vandalize(caller, image, random) {
    const [method, path] = random.pick([
      ['POST', 'blobs/uploads/'],
      ['PUT', 'manifests/a'],
      ['DELETE', 'manifests/a'],
    ]);
    const { status } = await caller.ask(image.name, method, path, { body: '' });
    const what = () => `${method} was answered with ${status}: ${image.name} by ${caller.who}`;
    judge.check(status === 401, what);
  }

  return { pull, tags, spy, grab, vandalize };
}
