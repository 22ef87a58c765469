import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from './process.mjs';

/**
 * Starts a registry of static manifests: it serves `manifests` at one `location` by digest, and the
 * first one also as `latest`. Answers `{ url, requests() }`; `requests` counts what came so far.
 */
export async function startStatic(lifetime, { nginx, port, location, manifests, mediaType }) {
  const dir = lifetime.scratch('nginx');
  for (const { digest, bytes } of manifests) writeFileSync(join(dir, digest), bytes);
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, config({ dir, port, location, mediaType, latest: manifests[0].digest }));
  const url = `http://127.0.0.1:${port}`;
  let asked = 0;

  /** Counts the requests that came, without those that asked for this count. */
  async function requests() {
    const status = await (await fetch(`${url}/status`)).text();
    asked += 1;
    const [, total] = /^ \d+ \d+ (\d+) $/m.exec(status);
    return Number(total) - asked;
  }

  await startProgram(lifetime, nginx, ['-e', 'stderr', '-p', dir, '-c', file], {
    log: join(dir, 'errors.log'),
    ready: async () => (await requests()) >= 0,
  });
  return { url, requests };
}

// A single process without a master, because a master's workers lose root's rights to the directory.
const config = ({ dir, port, location, mediaType, latest }) => `
daemon off;
master_process off;
pid ${dir}/pid;
events { worker_connections 512; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_timeout 600;
  keepalive_requests 1000000000;
  open_file_cache max=20000 inactive=1h;
  open_file_cache_valid 1h;
  types { }
  default_type ${mediaType};
  etag off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/temp;`).join(' ')}
  map $reference $digest { default $reference; latest ${latest}; }
  map "$digest $http_if_none_match" $is_known { default 0; '~^(?<had>[^ ]+) "(?P=had)"$' 1; }
  server {
    listen 127.0.0.1:${port};
    location = /status { stub_status; }
    location ~ "^/${location}/manifests/(?<reference>latest|sha256:[0-9a-f]{64})$" {
      if ($http_authorization = "") { return 401; }
      alias ${dir}/$digest;
      add_header Docker-Content-Digest $digest;
      add_header Docker-Distribution-Api-Version registry/2.0;
      add_header Etag '"$digest"';
      if ($is_known) { return 304; }
    }
  }
}
`;
