// docs/messages.md: its prose is written by hand, and what clients print is written by
// `npm run messages`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../dev/setup/paths.mjs';
import { COLUMNS, TRANSCRIPTS } from './situations.mjs';
import { STATUSES } from './statuses.mjs';

const file = join(root, 'docs/messages.md');

/** The generated parts, by name. Each stands between two comments with its name. */
export const parts = ({ statuses, columns, transcripts }) => ({
  statuses: table(statuses, STATUSES),
  answers: table(columns, COLUMNS),
  ...Object.fromEntries(TRANSCRIPTS.map((heading) => [slug(heading), list(transcripts, heading)])),
});

/** The parts as the document has them. */
export function written() {
  const text = readFileSync(file, 'utf8');
  return Object.fromEntries([...text.matchAll(MARKED)].map(([, name, part]) => [name, part]));
}

/** Writes the parts into the document. */
export function write(made) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(MARKED, (_, name) => marked(name, made[name])),
  );
}

const MARKED = /<!-- begin (\S+) -->\n\n(.*?)\n\n<!-- end \1 -->/gs;
const marked = (name, part) => `<!-- begin ${name} -->\n\n${part}\n\n<!-- end ${name} -->`;

const slug = (heading) => heading.toLowerCase().replaceAll(' ', '-');
const row = (cells) => `| ${cells.join(' | ')} |`;

function table(rows, columns) {
  const head = [row(['Client', ...columns]), `|${'---|'.repeat(columns.length + 1)}`];
  const body = Object.entries(rows).map(([client, cells]) =>
    row([client, ...columns.map((column) => cells[column])]),
  );
  return [...head, ...body].join('\n');
}

const list = (transcripts, heading) =>
  Object.entries(transcripts)
    .filter(([, lines]) => lines[heading])
    .map(([client, lines]) => `- ${client}: ${code(lines[heading])}`)
    .join('\n');

const code = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
