// The ratios of a run: the first side's requests per second over the second's. `aim` is the
// project's budget. `js_edge` and `js_duties` are plain JavaScript with the same duties.
const QUESTIONS = {
  edge_manifest_vs_empty_js: { sides: ['bhcr_warm', 'empty_js'] },
  edge_manifest_vs_js: { sides: ['bhcr_warm', 'js_edge'], aim: 0.9 },
  edge_manifest_vs_distribution: { sides: ['bhcr_warm', 'distribution'], aim: 5 },
  edge_manifest_hosting_on_vs_off: { sides: ['bhcr_hosting', 'bhcr_warm'], aim: 1 },
  cached_manifest_vs_empty_js: { sides: ['bhcr_cache', 'empty_js'] },
  cached_manifest_vs_js: { sides: ['bhcr_cache', 'js_pass'] },
  passthrough_vs_js: { sides: ['bhcr_pass', 'js_pass'] },
  passthrough_vs_js_opening: { sides: ['bhcr_pass', 'js_open'] },
  passthrough_vs_js_duties: { sides: ['bhcr_pass', 'js_duties'], aim: 1 },
};

export const questions = (peers) => ({ ...QUESTIONS, ...Object.assign({}, ...peers.map(ofPeer)) });

const ofPeer = ({ id }) => ({
  [`edge_manifest_vs_${id}`]: { sides: ['bhcr_warm', id] },
  [`passthrough_vs_${id}`]: { sides: ['bhcr_pass', id] },
});
