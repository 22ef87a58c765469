const TAGS = ['a', 'b', 'c', 'd', 'all'];

/** What deletes, from images that nobody else writes to. */
export function makeRemovals({ history, judge }) {
  // Where a try before this one was done and its answer lost, nothing is left to delete.
  const isDone = ({ status, tries }) => status === 202 || (status === 404 && tries > 1);

  async function tag(caller, image, random) {
    const tag = random.pick(TAGS);
    const isThere = image.pointers.has(tag);
    const write = history.begin(`${image.name}:${tag}`, undefined);
    const reply = await caller.ask(image.name, 'DELETE', `manifests/${tag}`);
    const holds = isThere ? isDone(reply) : reply.status === 404;
    judge.check(holds, () => `a tag's deletion was answered with ${reply.status}: ${image.name}`);
    write.made();
    image.pointers.delete(tag);
  }

  async function manifest(caller, image, random) {
    if (image.manifests.size === 0) return;
    const digest = random.pick([...image.manifests.keys()]);
    const isListed = [...image.manifests.values()].some((it) => it.children.includes(digest));
    const tags = [...image.pointers].filter(([, meant]) => meant === digest).map(([tag]) => tag);
    const writes = [
      history.begin(`${image.name}@${digest}`, false),
      ...tags.map((tag) => history.begin(`${image.name}:${tag}`, undefined)),
    ];
    const reply = await caller.ask(image.name, 'DELETE', `manifests/${digest}`);
    const holds = isListed ? reply.status === 405 : isDone(reply);
    const what = () => `a manifest's deletion was answered with ${reply.status}: ${image.name}`;
    judge.check(holds, what);
    if (isListed) {
      for (const write of writes) write.refused();
      return;
    }
    for (const write of writes) write.made();
    for (const tag of tags) image.pointers.delete(tag);
    image.manifests.delete(digest);
  }

  async function blob(caller, image, random) {
    const all = [...image.manifests.values()].flatMap(({ layers }) => layers);
    if (all.length === 0) return;
    const { digest } = random.pick(all);
    const { status } = await caller.ask(image.name, 'DELETE', `blobs/${digest}`);
    judge.check(
      status === 405,
      () => `a blob that is needed was deleted, ${status}: ${image.name}`,
    );
  }

  return { tag, manifest, blob };
}
