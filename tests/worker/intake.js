// Takes bodies in as the Worker does, within limits that a test need not wait for.

import { Gate } from '../../src/edge/intake.js';

const PART = 5 << 20;
const gate = new Gate({ buffers: 1, share: 1, kept: 1, bytes: 1000, within: 2000 });

export default {
  async fetch({ url, body, headers }, { OBJECTS }) {
    const { pathname } = new URL(url);
    if (pathname === '/ready') return new Response();
    const length = headers.get('content-length') ?? undefined;
    const intake = gate.takeIn(body, length && Number(length), undefined, PART, 'owner');
    if (!intake) return new Response(null, { status: 503 });
    const order = { key: pathname, next: 1, parts: 100, rest: `${pathname}.rest` };
    const told = await intake.store(OBJECTS, JSON.stringify(order));
    intake.release();
    return new Response(told);
  },
};
