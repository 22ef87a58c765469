// The service behind the Cache API: the runtime turns a match into a GET, and a put into a PUT whose
// body is a whole HTTP response.
const HEAD_END = '\r\n\r\n';
const kept = new Map();
const counts = { matches: 0, hits: 0, puts: 0 };

function match(request) {
  counts.matches += 1;
  const found = kept.get(request.url);
  if (found === undefined || found.until <= Date.now()) {
    return new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } });
  }
  counts.hits += 1;
  return new Response(found.body, found);
}

async function put(request) {
  const bytes = new Uint8Array(await request.arrayBuffer());
  // In Latin 1 every byte is one character, so positions in the text are positions in the bytes.
  const text = new TextDecoder('latin1').decode(bytes);
  const end = text.indexOf(HEAD_END);
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => /^(.*?): *(.*)$/.exec(line).slice(1));
  kept.set(request.url, {
    status: Number(first.split(' ')[1]),
    headers: [...headers.filter(isKept), ['cf-cache-status', 'HIT']],
    body: bytes.slice(end + HEAD_END.length),
    until: Date.now() + maxAge(headers) * 1000,
  });
  counts.puts += 1;
  return new Response(null, { status: 204 });
}

const isKept = ([name]) => !/^(transfer-encoding|connection)$/i.test(name);

function maxAge(headers) {
  const [, rule] = headers.find(([name]) => name.toLowerCase() === 'cache-control') ?? [];
  return Number(/(?:s-maxage|max-age)=(\d+)/.exec(rule)?.[1] ?? Number.POSITIVE_INFINITY);
}

const METHODS = {
  GET: match,
  PUT: put,
  PURGE: ({ url }) => new Response(null, { status: kept.delete(url) ? 200 : 404 }),
};

export default { fetch: (request) => METHODS[request.method](request) };

/** Answers the counts, for the benchmark only. */
export const told = { fetch: () => Response.json(counts) };
