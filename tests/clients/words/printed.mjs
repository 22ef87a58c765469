// What a client printed, made short for a document.

const MOST = 400;
// The most telling words first, for clients that do not print the message.
const PHRASES = [
  '401 Unauthorized',
  '403 Forbidden',
  '405 Method Not Allowed',
  '413 Payload Too Large',
  '413: Request Entity Too Large',
  'closed pipe',
  'not found',
  'unauthorized',
];
const IS_WARNING = /\[WARNING\]|Registry warning message/;

/**
 * What a table says of the output: whether it has the message, which is `named` so, or else its most
 * telling words.
 */
export function cell(output, message, named = 'the message') {
  const lines = output.split('\n').filter((line) => message.test(line));
  const warnings = lines.filter((line) => IS_WARNING.test(line));
  if (warnings.length > 0 && warnings.length === lines.length) return `${named}, as a warning`;
  if (warnings.length > 0) return `${named}, and as a warning`;
  if (lines.length > 0) return named;
  const phrase = PHRASES.find((one) => output.includes(one));
  if (!phrase) throw new Error(`no phrase of the list is in:\n${output}`);
  return `\`${phrase}\``;
}

/** The last line that has the message, or else the last line, without what differs each time. */
export function line(output, message) {
  const lines = plain(output).split('\n').filter(Boolean);
  const told = lines.filter((one) => message.test(one)).at(-1) ?? lines.at(-1);
  return told.length > MOST ? `${told.slice(0, MOST)}…` : told;
}

const plain = (output) =>
  output
    .replaceAll(/(localhost|127\.0\.0\.1)(:|%3A)\d+/g, 'bhcr.io')
    .replaceAll(/(time="?)?\d{4}-\d\d-\d\d[T ][\d:.]+Z?"? ?/g, '')
    .replaceAll(/^[EWI]\d{4} [\d:.]+ +\d+ /gm, '')
    .replaceAll(/[0-9a-f]{64}/g, '…')
    .replaceAll(/^\s+|\s+$/gm, '');
