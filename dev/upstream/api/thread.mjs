import { workerData } from 'node:worker_threads';
import { loadSigner } from '../keys.mjs';
import { writeRequestLog } from '../request-log.mjs';
import { serveThread } from '../serve-thread.mjs';
import { makeAccess } from './access.mjs';
import { makeAccounts } from './accounts.mjs';
import { makeApplication } from './application.mjs';
import { startDatabase } from './database.mjs';
import { startModel } from './model.mjs';
import { makeTokenEndpoint } from './token.mjs';
import { makeWrites } from './writes.mjs';

const { host, port, issuer, dir, registryHost, secrets, accounts, logFile } = workerData;

const users = makeAccounts(accounts);
const access = makeAccess();
const issued = { signer: loadSigner(secrets), issuer, audience: registryHost };
const app = makeApplication({
  log: writeRequestLog(logFile),
  accounts: users,
  token: makeTokenEndpoint({ accounts: users, access, issued }),
});
await startModel(app, await startDatabase(dir));
app.listen(port, host, () => serveThread({ ...makeWrites(), forgetLookups: access.forget }));
