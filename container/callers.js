// Who may call a gateway: callers from the local network, or from the networks of GATEWAY_ALLOW.

import { BlockList, isIPv4 } from 'node:net';

const LOCAL = [
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10'],
];

/**
 * Tells callers apart by their address, as the runtime gives it: `192.0.2.1:4711` or
 * `[2001:db8::1]:4711`. Throws if GATEWAY_ALLOW is not networks with commas between.
 */
export function callersOf({ GATEWAY_TOKEN, GATEWAY_ALLOW }) {
  if (!GATEWAY_TOKEN && !GATEWAY_ALLOW) return () => true;
  const allowed = new BlockList();
  const networks = GATEWAY_ALLOW ? GATEWAY_ALLOW.split(',') : LOCAL;
  for (const network of networks.map((it) => it.trim())) add(allowed, network);
  return (client = '') => {
    const address = addressIn(client);
    return allowed.check(address, family(address));
  };
}

function add(allowed, network) {
  const [, address, bits] = network.match(/^([\da-f.:]+)(?:\/(\d{1,3}))?$/i) ?? [];
  try {
    const most = isIPv4(address) ? 32 : 128;
    allowed.addSubnet(address, Number(bits ?? most), family(address));
  } catch {
    throw new Error(`GATEWAY_ALLOW: ${JSON.stringify(network)} is not a network`);
  }
}

const family = (address) => (isIPv4(address) ? 'ipv4' : 'ipv6');

// An IPv4 caller of a socket for both versions has an address such as ::ffff:192.0.2.1.
const addressIn = (client) =>
  client.replace(/:\d+$/, '').replace(/^\[(?:::ffff:(?=[\d.]+\]))?|\]$/g, '');
