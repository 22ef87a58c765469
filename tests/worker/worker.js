import { initSync, serve } from './index.js';
import module from './index_bg.wasm';

initSync({ module });

export default { fetch: serve };
