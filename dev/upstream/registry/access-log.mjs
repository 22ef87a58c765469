const LINE =
  /^(?<address>\S+) \S+ \S+ \[(?<day>[^:]+):(?<clock>[^\]]+)\] "(?<method>\S+) (?<url>\S+) [^"]*" (?<status>\d+) (?<bytes>\d+) "(?:[^"\\]|\\.)*" "(?<agent>(?:[^"\\]|\\.)*)"$/;

// One line of distribution's access log. Its JSON log leaves out what was refused with 401, this
// one has every request; of the headers it has the user agent alone.
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
