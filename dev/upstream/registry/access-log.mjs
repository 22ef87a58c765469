const LINE =
  /^(?<address>\S+) \S+ \S+ \[(?<day>[^:]+):(?<clock>[^\]]+)\] "(?<method>\S+) (?<url>\S+) [^"]*" (?<status>\d+) (?<bytes>\d+) "(?:[^"\\]|\\.)*" "(?<agent>(?:[^"\\]|\\.)*)"$/;

// Reads a line of distribution's access log. This log has every request, while the JSON log leaves
// out those that were refused with 401. The only header in it is the user agent.
export function parseAccessLog(line) {
  const { day, clock, method, url, status, bytes, agent } = LINE.exec(line).groups;
  return {
    time: new Date(`${day.replaceAll('/', ' ')} ${clock}`).toISOString(),
    method,
    url,
    status: Number(status),
    headers: { 'user-agent': agent },
    bytes: Number(bytes),
  };
}
