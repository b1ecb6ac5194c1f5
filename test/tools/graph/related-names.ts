/** Returns the names in an answer of memory_get_related, sorted. */
export const names = (answer: { related_nodes: Array<{ name: string }> }) =>
  answer.related_nodes.map(({ name }) => name).sort()
