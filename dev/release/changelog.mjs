/**
 * The section of a version in a changelog: what stands below `## 1.2.3 (2026-01-31)`, in the form of
 * Keep a Changelog. Throws if it is missing, has no date, or says nothing.
 */
export function notesOf(version, changelog) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((it) => it.split(/[\s[\]]+/).filter(Boolean)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section ${version}`);
  const [title, ...lines] = section.split('\n');
  if (!/\b\d{4}-\d\d-\d\d\b/.test(title)) throw new Error(`CHANGELOG.md: "${title}" has no date`);
  const notes = lines.join('\n').trim();
  if (!notes.includes('- ')) throw new Error(`CHANGELOG.md: "${title}" has no entry`);
  return notes;
}
