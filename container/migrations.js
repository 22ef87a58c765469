// Prepares the database of hosted repositories. It notes what was done in the same table as
// `wrangler d1 migrations apply`.

const TABLE = `
create table if not exists d1_migrations (
  id integer primary key autoincrement,
  name text unique,
  applied_at timestamp default current_timestamp not null
)`;

/** Applies those migrations, `{ name, statements }`, that the database does not have yet. */
export async function prepare(database, migrations) {
  await database.prepare(TABLE).run();
  const { results } = await database.prepare('select name from d1_migrations').all();
  const applied = new Set(results.map(({ name }) => name));
  for (const { name, statements } of migrations.filter((it) => !applied.has(it.name))) {
    const note = database.prepare('insert into d1_migrations (name) values (?)').bind(name);
    // A batch is a transaction: if the container is killed, the migration is applied and noted, or
    // neither.
    await database.batch([...statements.map((sql) => database.prepare(sql)), note]);
  }
}
