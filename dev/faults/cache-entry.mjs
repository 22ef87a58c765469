const BLANK_LINE = '\r\n\r\n';
// These headers belong to a connection. The runtime sends the second although it serializes a body
// that is not chunked.
const FRAMING = ['content-length', 'transfer-encoding'];
const NOT_TO_KEEP = ['no-store', 'no-cache', 'private'];

/** Reads a response as the runtime serializes it for a cache: `{ status, headers, body }`. */
export function parseResponse(bytes) {
  const end = bytes.indexOf(BLANK_LINE);
  const [statusLine, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    .filter(([name]) => !FRAMING.includes(name.toLowerCase()));
  const body = bytes.subarray(end + BLANK_LINE.length);
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

/** A response with a text that may be kept for so many seconds. */
export const textResponse = (text, seconds) => ({
  status: 200,
  headers: [['Cache-Control', `max-age=${seconds}`]],
  body: Buffer.from(text),
});

/** For how many seconds a shared cache may keep a response; 0 if it may not keep it. */
export function freshSeconds({ status, headers }) {
  const values = (wanted) =>
    headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  if (status === 206 || values('vary').includes('*') || values('set-cookie').length > 0) return 0;
  const directives = directivesOf(values('cache-control').join());
  if (NOT_TO_KEEP.some((name) => directives.has(name))) return 0;
  return Number(directives.get('s-maxage') ?? directives.get('max-age') ?? 0) || 0;
}

const directivesOf = (text) =>
  new Map(text.split(',').map((directive) => directive.trim().toLowerCase().split('=')));
