// What bhcr keeps between restarts where Cloudflare does not do it: entries of Workers KV and of the
// cache, on disk. The runtime turns each call of these bindings into a request to this Worker.

import { DurableObject } from 'cloudflare:workers';

// A disk must not fill up, so the oldest entries go when the texts of a shelf come to more bytes.
const MAX_BYTES = 64 << 20;
// The shelf then shrinks to this many bytes. That makes more room than one value needs, so that the
// next values fit, too.
const STAYS = MAX_BYTES * 0.75;

const TABLE = `
create table if not exists kept (
  serial integer primary key autoincrement,
  key text not null unique,
  value text not null,
  until integer not null
)`;

/** Texts by key, each until a time in milliseconds since 1970. */
export class Shelf extends DurableObject {
  #sql = this.ctx.storage.sql;
  #bytes;

  constructor(context, env) {
    super(context, env);
    this.#sql.exec(TABLE);
    this.#drop('until <= ?', Date.now());
    const [{ bytes }] = this.#sql.exec('select total(length(value)) as bytes from kept');
    this.#bytes = bytes;
  }

  take(key) {
    const query = 'select value from kept where key = ? and until > ?';
    const [found] = this.#sql.exec(query, key, Date.now());
    return found?.value;
  }

  keep(key, value, seconds) {
    this.remove(key);
    const until = Date.now() + seconds * 1000;
    this.#sql.exec('insert into kept (key, value, until) values (?, ?, ?)', key, value, until);
    this.#bytes += value.length;
    if (this.#bytes > MAX_BYTES) this.#makeRoom();
  }

  remove(key) {
    this.#drop('key = ?', key);
  }

  #makeRoom() {
    this.#drop('until <= ?', Date.now());
    const sums = 'select serial, sum(length(value)) over (order by serial desc) as bytes from kept';
    this.#drop(`serial in (select serial from (${sums}) where bytes > ?)`, STAYS);
  }

  #drop(which, ...values) {
    const dropped = this.#sql.exec(
      `delete from kept where ${which} returning length(value) as bytes`,
      ...values,
    );
    for (const { bytes } of dropped) this.#bytes -= bytes;
  }
}

const shelf = ({ SHELF }, name) => SHELF.get(SHELF.idFromName(name));

/** Workers KV: a key is a path, and its time to live a parameter. */
export const releases = {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [key, shelved] = [decodeURIComponent(pathname.slice(1)), shelf(env, 'releases')];
    switch (request.method) {
      case 'GET': {
        const text = await shelved.take(key);
        return new Response(text ?? null, { status: text === undefined ? 404 : 200 });
      }
      case 'PUT':
        await shelved.keep(key, await request.text(), Number(searchParams.get('expiration_ttl')));
        return new Response();
      case 'DELETE':
        await shelved.remove(key);
        return new Response();
      default:
        return new Response(null, { status: 405 });
    }
  },
};

const MISS = { status: 504, headers: { 'cf-cache-status': 'MISS' } };

/** The cache: a key is a whole URL, and what is kept comes as a response with its head. */
export const cache = {
  async fetch(request, env) {
    const [key, shelved] = [request.url, shelf(env, 'cache')];
    switch (request.method) {
      case 'GET': {
        const text = await shelved.take(key);
        if (text === undefined) return new Response(null, MISS);
        return new Response(text, { headers: { 'cf-cache-status': 'HIT' } });
      }
      case 'PUT':
        return keepResponse(await request.text(), key, shelved);
      case 'PURGE':
        await shelved.remove(key);
        return new Response();
      default:
        return new Response(null, { status: 405 });
    }
  },
};

async function keepResponse(response, key, shelved) {
  const end = response.indexOf('\r\n\r\n');
  const [, seconds] = response.slice(0, end).match(/^cache-control:.*\bmax-age=(\d+)/im) ?? [];
  if (seconds === undefined) return new Response(null, { status: 413 });
  await shelved.keep(key, response.slice(end + 4), Number(seconds));
  return new Response(null, { status: 204 });
}

export default releases;
