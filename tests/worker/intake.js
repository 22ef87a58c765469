// Takes bodies in as the Worker does, within limits that a test need not wait for.

import { Gate } from '../../src/edge/intake.js';
import { objectPut } from '../../src/edge/objects.js';

const PART = 5 << 20;
const PATIENCE = 2000;
// A body in one piece has two seconds for 2 MiB.
const PACE = (2 << 20) / PATIENCE;
const limits = { buffers: 1, share: 1, kept: 1, bytes: 1000, within: 2000, patience: PATIENCE };
const gate = new Gate(limits);

async function put({ body, headers }, bucket, { pathname, searchParams }) {
  const length = Number(headers.get('content-length'));
  const digest = ['sha256', searchParams.get('sha256')];
  await objectPut(bucket, pathname, body, length, ...digest, { patience: PATIENCE, pace: PACE });
  return new Response(null, { status: 201 });
}

export default {
  async fetch(request, { OBJECTS }) {
    const { url, method, body, headers } = request;
    const { pathname } = new URL(url);
    if (pathname === '/ready') return new Response();
    if (method === 'PUT') {
      const failed = ({ message }) => new Response(message, { status: 503 });
      return put(request, OBJECTS, new URL(url)).catch(failed);
    }
    const length = headers.get('content-length') ?? undefined;
    const intake = gate.takeIn(body, length && Number(length), undefined, PART, 'owner');
    if (!intake) return new Response(null, { status: 503 });
    const order = { key: pathname, next: 1, parts: 100, rest: `${pathname}.rest` };
    const told = await intake.store(OBJECTS, JSON.stringify(order));
    intake.release();
    return new Response(told);
  },
};
