// Answers a manifest from memory, and reads, logs and sends as much as bhcr does, but checks nothing.
// It shows what the runtime itself takes for such an answer.
const READ = ['authorization', 'if-none-match'];
let asked = 0;

export default {
  fetch(request, env) {
    const read = READ.map((name) => request.headers.get(name));
    const id = (asked++).toString(16).padStart(16, '0');
    const route = new URL(request.url).pathname;
    console.log(JSON.stringify({ request_id: id, route, token: read[0]?.length, status: 200 }));
    kept ??= keep(env);
    kept.headers.set('x-request-id', id);
    return new Response(kept.body, { headers: kept.headers });
  },
};

let kept;

const keep = ({ BODY, TYPE, DIGEST }) => ({
  body: BODY,
  headers: new Headers({
    'cache-control': 'private, no-transform',
    'content-type': TYPE,
    'docker-content-digest': DIGEST,
    etag: `"${DIGEST}"`,
    'docker-distribution-api-version': 'registry/2.0',
    'server-timing': 'total;dur=0, upstream;dur=0',
    'x-content-type-options': 'nosniff',
  }),
});
