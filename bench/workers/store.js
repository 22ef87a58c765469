// Stores what it is sent in R2, as bhcr does, with no registry around it. With the parameter `sha256`
// R2 checks the digest; without it this Worker hashes what it streams, and answers the digest. An
// object that comes in several requests is stored in as many parts, and read back for its digest.
const PIECE = 256 * 1024;

async function put(request, { OBJECTS }) {
  const { pathname, searchParams } = new URL(request.url);
  const part = Number(searchParams.get('part'));
  if (part)
    return addPart(OBJECTS.resumeMultipartUpload(pathname, searchParams.get('id')), part, request);
  const sha256 = searchParams.get('sha256');
  if (sha256) await OBJECTS.put(pathname, request.body, { sha256 });
  const digest = sha256 ?? (await hashed(request, (body) => OBJECTS.put(pathname, body)));
  return created(digest);
}

const created = (digest) => new Response(`sha256:${digest}`, { status: 201 });

async function hashed({ body, headers }, store) {
  const { readable, writable } = new FixedLengthStream(Number(headers.get('content-length')));
  const hash = new crypto.DigestStream('SHA-256');
  await Promise.all([store(readable), copy(body, [writable, hash])]);
  return new Uint8Array(await hash.digest).toHex();
}

// A large piece at a time into memory that is used again, which costs a third of `tee`.
async function copy(body, streams) {
  const reader = body.getReader({ mode: 'byob' });
  const writers = streams.map((stream) => stream.getWriter());
  let memory = new ArrayBuffer(PIECE);
  for (;;) {
    const { value } = await reader.readAtLeast(PIECE, new Uint8Array(memory));
    if (!value?.length) break;
    await Promise.all(writers.map((writer) => writer.write(value)));
    memory = value.buffer;
  }
  await Promise.all(writers.map((writer) => writer.close()));
}

async function addPart(upload, number, { body }) {
  return Response.json(await upload.uploadPart(number, body), { status: 201 });
}

async function post(request, { OBJECTS }) {
  const { pathname, searchParams } = new URL(request.url);
  const id = searchParams.get('id');
  if (!id) return begin(OBJECTS, pathname);
  await OBJECTS.resumeMultipartUpload(pathname, id).complete(await request.json());
  const { body } = await OBJECTS.get(pathname);
  const hash = new crypto.DigestStream('SHA-256');
  await copy(body, [hash]);
  return created(new Uint8Array(await hash.digest).toHex());
}

async function begin(objects, key) {
  const { uploadId } = await objects.createMultipartUpload(key);
  return new Response(uploadId, { status: 201 });
}

async function empty(_, { OBJECTS }) {
  for (;;) {
    const { objects, truncated } = await OBJECTS.list();
    await OBJECTS.delete(objects.map(({ key }) => key));
    if (!truncated) return new Response(null, { status: 204 });
  }
}

const METHODS = { GET: () => new Response('ok'), PUT: put, POST: post, DELETE: empty };

export default { fetch: (request, env) => METHODS[request.method](request, env) };
