/** Whether the deployed database has all migrations: the Worker refuses to use an older one. */
export const migrations = ({ env, ask }) => ({
  what: 'migrations of the database CATALOG',
  isThere: async () => /No migrations to apply/.test(await ask(LIST)),
  command: `npm run migrate -- --remote --env ${env}`,
});

const LIST = ['d1', 'migrations', 'list', 'CATALOG', '--remote'];
