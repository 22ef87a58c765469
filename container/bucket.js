// R2 where Cloudflare does not run it: the simulator, with R2's rule that ends multipart uploads. Nobody
// else can end all of them, because the database never heard of some.

import { R2BucketObject as Simulated } from './simulated.js';

const LIFETIME_MS = 7 * 24 * 60 * 60_000;
const INTERVAL_MS = 15 * 60_000;

// The states of an upload, as the simulator writes them.
const IN_PROGRESS = 0;
const ABORTED = 2;

// The simulator does not write down when an upload began.
const TABLE = `
create table if not exists seen_uploads (
  upload_id text primary key,
  seen integer not null
)`;

export class R2BucketObject extends Simulated {
  #sql = this.state.storage.sql;
  #looked = 0;

  constructor(state, env) {
    super(state, env);
    this.#sql.exec(TABLE);
  }

  async fetch(request) {
    const answer = await super.fetch(request);
    if (Date.now() - this.#looked >= INTERVAL_MS) {
      this.#looked = Date.now();
      this.state.waitUntil(this.#endUploads(this.#looked));
    }
    return answer;
  }

  // Each step leaves what the next one needs, so that a kill between two of them loses nothing.
  async #endUploads(now) {
    const open = `select upload_id from _mf_multipart_uploads where state = ${IN_PROGRESS}`;
    this.#sql.exec(`insert or ignore into seen_uploads select upload_id, ? from (${open})`, now);
    this.#sql.exec(`delete from seen_uploads where upload_id not in (${open})`);
    const old = 'select upload_id from seen_uploads where seen <= ?';
    this.#sql.exec(
      `update _mf_multipart_uploads set state = ${ABORTED} where upload_id in (${old})`,
      now - LIFETIME_MS,
    );
    await this.#deleteParts();
  }

  async #deleteParts() {
    const ended = `select upload_id from _mf_multipart_uploads where state = ${ABORTED}`;
    const parts = this.#sql.exec(
      `select blob_id from _mf_multipart_parts where upload_id in (${ended})`,
    );
    for (const { blob_id } of parts.toArray()) {
      await this.blob.delete(blob_id);
      this.#sql.exec('delete from _mf_multipart_parts where blob_id = ?', blob_id);
    }
  }
}
