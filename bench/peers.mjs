/** Reads `--peer NAME=URL` and `--header NAME=Header: value` as sides that are asked for the URL. */
export function readPeers(peers, headers) {
  return peers.map((text) => {
    const [id, address] = pair(text, '=', '--peer NAME=URL');
    const { origin: url, pathname, search } = new URL(address);
    const own = headers.map((line) => pair(line, '=', '--header NAME=Header: value'));
    const given = own
      .filter(([name]) => name === id)
      .map(([, line]) => pair(line, ':', 'Header: value'));
    return { id, title: id, url, paths: [pathname + search], headers: Object.fromEntries(given) };
  });
}

function pair(text, separator, usage) {
  const at = text.indexOf(separator);
  if (at < 1) throw new Error(`${text}: must have the form ${usage}`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
