/** The names of what an answer of memory_get_related holds, in the order of the alphabet. */
export const names = (answer: { related_nodes: Array<{ name: string }> }) =>
  answer.related_nodes.map(({ name }) => name).sort()
