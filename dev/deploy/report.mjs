import { Unseen } from './unseen.mjs';

/**
 * Prints what an environment lacks, each with the command that creates it. What nobody can see may
 * be missing, so it counts as missing. Answers whether all is there.
 */
export async function report(env, checks, say) {
  const lines = [];
  for (const check of checks) lines.push(...(await lackOf(check)));
  if (lines.length === 0) say(`${env}: all ${checks.length} things that it needs are there`);
  else say([`${env}:`, ...lines].join('\n'));
  return lines.length === 0;
}

async function lackOf({ what, isThere, command }) {
  const words = await wordsFor(isThere);
  if (words === undefined) return [];
  return [`  ${words}: ${what}`, ...command.split('\n').map((line) => `      ${line}`)];
}

async function wordsFor(isThere) {
  try {
    return (await isThere()) ? undefined : 'missing';
  } catch (error) {
    if (error instanceof Unseen) return `not seen (${error.message})`;
    throw error;
  }
}
