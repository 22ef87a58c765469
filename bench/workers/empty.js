// The fastest Worker that the runtime can run.
export default { fetch: () => new Response('ok') };
