import { randomBytes } from 'node:crypto';

// Distribution's configuration. It is written as JSON, because every JSON text is also YAML.
export function registryConfig({ address, driver, realm, service, issuer, certificate }) {
  return {
    version: '0.1',
    log: { level: 'info', formatter: 'json' },
    http: { addr: address, secret: randomBytes(16).toString('hex') },
    storage: {
      ...driver,
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: false },
      maintenance: { uploadpurging: { enabled: false } },
    },
    auth: { token: { realm, service, issuer, rootcertbundle: certificate } },
  };
}
