/** Whether hosted repositories are on: the Worker serves them if it has both bindings. */
export const isHosting = ({ d1_databases: databases, r2_buckets: buckets }) =>
  databases.some(({ binding }) => binding === 'CATALOG') &&
  buckets.some(({ binding }) => binding === 'OBJECTS');
