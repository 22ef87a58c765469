import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// A PostgreSQL in memory, behind a socket because pinejs connects to a server. One connection is
// enough: PGlite runs one statement after the other anyway.
export async function startDatabase(dir) {
  const server = new PGLiteSocketServer({ db: await open(dir), host: '127.0.0.1', port: 0 });
  await server.start();
  const [host, port] = server.getServerConn().split(':');
  return {
    engine: 'postgres',
    params: { host, port: Number(port), user: 'postgres', database: 'postgres', max: 1 },
  };
}

// Making an empty database takes seconds. Loading a saved one takes a fraction of that.
async function open(dir) {
  const file = join(dir, `empty-database-${version()}.tar`);
  if (existsSync(file)) return PGlite.create({ loadDataDir: new Blob([readFileSync(file)]) });
  const database = await PGlite.create();
  const empty = await database.dumpDataDir('none');
  writeFileSync(file, Buffer.from(await empty.arrayBuffer()));
  return database;
}

function version() {
  const file = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
