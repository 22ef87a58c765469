const against = (task, side, aim) => ({
  pairs: [
    [task, 'bhcr'],
    [task, side],
  ],
  aim,
});

/**
 * The ratios of hosted repositories: how much faster the first pair of task and side is than the
 * second. `aim` is the project's budget.
 */
export const HOSTED_QUESTIONS = {
  push_layer_vs_js: against('layer', 'js_store', 0.9),
  push_layer_vs_distribution: against('layer', 'distribution'),
  push_layer_at_once_vs_js: against('layer_at_once', 'js_store', 0.9),
  push_layer_at_once_vs_distribution: against('layer_at_once', 'distribution'),
  push_layer_in_chunks_vs_js: against('layer_in_chunks', 'js_store'),
  push_layer_in_chunks_vs_distribution: against('layer_in_chunks', 'distribution'),
  push_image_vs_distribution: against('image', 'distribution'),
  put_manifests_vs_distribution: against('put_manifests', 'distribution'),
  get_manifests_vs_distribution: against('get_manifests', 'distribution'),
  tags_of_many_vs_few: {
    pairs: [
      ['tags_of_many', 'bhcr'],
      ['tags_of_few', 'bhcr'],
    ],
    aim: 0.9,
  },
};
