import { readJson } from './files.mjs';

// Read, not imported: how JSON is imported differs between the Node versions that run set-up.
export default readJson(new URL('./versions.json', import.meta.url));
