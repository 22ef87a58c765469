import express from 'express';

// The web application around the OData model: what the API does with every request, and its two
// endpoints besides OData.
export function makeApplication({ log, accounts, token }) {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    log(request, response);
    next();
  });
  app.use(insistOnHttps, served, varyByEncoding, express.json());

  app.all('/auth/v1/token', (request, response, next) => token(request, response).catch(next));
  app.use((request, _response, next) => {
    request.user = accounts.fromBearer(request.headers.authorization);
    next();
  });
  app.get('/actor/v1/whoami', whoami);
  return app;
}

// A request with X-Forwarded-For came through a proxy. The API redirects it to https.
function insistOnHttps({ headers, url }, response, next) {
  const proxied = headers['x-forwarded-for'] !== undefined;
  if (!proxied || headers['x-forwarded-proto'] === 'https') return next();
  return response.redirect(301, `https://${headers.host}${url}`);
}

// For everything in this model, /v6 answers as /v7 does.
function served(request, response, next) {
  request.url = request.url.replace(/^\/v6\//, '/v7/');
  if (/^\/(v7|actor|auth)\//.test(request.url)) return next();
  return response.sendStatus(404);
}

function varyByEncoding(_request, response, next) {
  response.vary('Accept-Encoding');
  next();
}

function whoami({ user }, response) {
  if (user === undefined) return response.status(401).end();
  const { id, username } = user;
  return response.json({ id, actorType: 'user', actorTypeId: id, username, email: null });
}
