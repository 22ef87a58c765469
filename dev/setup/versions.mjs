import { readJson } from './files.mjs';

// Read and not imported, because the Node versions that run set-up import JSON in different ways.
export default readJson(new URL('./versions.json', import.meta.url));
