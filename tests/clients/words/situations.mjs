// The situations in which clients are refused, against a real Worker.

import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { bodyLimit } from '../../support/body-limit.mjs';
import { scratch } from '../../support/clients.mjs';
import { hosting } from '../../support/hosting.mjs';
import { imageToPush } from '../../support/images.mjs';
import { client as asClient, owner as asOwner } from '../../support/registry.mjs';
import { redirecting, startTestUpstream } from '../../support/upstream.mjs';
import { SECRET } from '../references.mjs';

// One layer of the image is longer, and its config is shorter.
const LIMIT = 10_000;
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/** The columns of the table of what clients print. */
export const COLUMNS = [
  '403: a name that is not granted',
  '404: a digest that is not there',
  '401: a wrong password',
  '401: a push that is not granted',
  '405: a push to a release',
  '413 of Cloudflare',
];

/** The headings of the transcripts. */
export const TRANSCRIPTS = [
  'A misspelt app',
  'A private app without a login',
  'An app with several services',
  'A wrong password',
  'A push to a release',
];

/**
 * Starts a Worker. Answers the situations as a list. `of` brings a client's adapter into one. `message`
 * matches the words of the answer that the client gets, and `named` is what the table calls them. A
 * situation has a column of the table, or a transcript, or both. `pushes` says that only clients that
 * push come into it. `skips` answers what a client does instead of being refused, and `either` has the
 * alternatives of a client that does not always print the same.
 */
export async function situations() {
  const upstream = await startTestUpstream();
  after(upstream.stop);
  const here = await hosting(redirecting(upstream));
  const edge = new URL((await bodyLimit(here.url, LIMIT)).url).host;
  const mine = await here.account();
  const credential = ({ user, secret }) => ({ user, password: secret });
  const puller = credential(asClient(await here.client(mine, { '*': ['pull'] })));
  const owner = credential(asOwner(mine));
  return [...pulls(here.host), ...pushes({ ...here, edge, account: mine.account, owner, puller })];
}

function pulls(host) {
  const missing = /was not found\. If it is private, log in first/;
  return [
    {
      column: '403: a name that is not granted',
      transcript: 'A misspelt app',
      message: missing,
      of: ({ pull }) => pull(`${host}/acme/nothing`),
    },
    {
      transcript: 'A private app without a login',
      message: missing,
      of: ({ pull }) => pull(`${host}/${SECRET}`),
    },
    {
      transcript: 'An app with several services',
      message: /has several services: browser, proxy/,
      of: ({ pull }) => pull(`${host}/acme/gateway`),
    },
    {
      column: '404: a digest that is not there',
      message: /this release has no such manifest/,
      of: ({ pull }) => pull(`${host}/acme/kiosk@${NO_DIGEST}`),
    },
    {
      column: '401: a wrong password',
      transcript: 'A wrong password',
      message: /wrong credentials: log in with/,
      of: ({ pull }) => pull(`${host}/acme/kiosk`, { password: 'wrong' }),
    },
  ];
}

function pushes({ host, edge, account, owner, puller }) {
  const dir = scratch('words');
  const image = () => imageToPush(dir, { title: `words-${randomBytes(6).toString('hex')}` });
  const own = `${account}/myapp/image:v1`;
  const ctr = 'ctr, containerd 1.6';
  const list = [
    {
      column: '401: a push that is not granted',
      message: /you may not push to/,
      of: ({ push }) => push(image(), `${host}/${own}`, puller),
    },
    {
      column: '405: a push to a release',
      transcript: 'A push to a release',
      message: /a release cannot be changed by a registry client/,
      of: ({ push }) => push(image(), `${host}/acme/nothing:latest`),
    },
    {
      column: '413 of Cloudflare',
      message: /413 Request Entity Too Large/,
      named: 'the page',
      of: ({ push }) => push(image(), `${edge}/${own}`, owner),
      // hosted-regctl.test.mjs shows that it goes on.
      skips: (client) => client.startsWith('regctl') && 'nothing: it goes on in chunks',
      either: { [ctr]: ['`413 Payload Too Large`', '`closed pipe`'] },
    },
  ];
  return list.map((situation) => ({ ...situation, pushes: true }));
}
