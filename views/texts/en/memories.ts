/** What is remembered: the lists, one memory, and what a person does with them. */
export const memories = {
  tabs: {
    label: 'Views of your memories',
    memories: 'Memories',
    timeline: 'Timeline',
    graph: 'Graph',
    projects: 'Projects'
  }
}
