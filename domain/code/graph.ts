/** Which file imports which: every file is a key. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** The same the other way round. */
export function reversed(graph: Graph): Map<string, Set<string>> {
  const other = new Map<string, Set<string>>(
    [...graph.keys()].map((file) => [file, new Set<string>()])
  )
  for (const [file, targets] of graph) for (const target of targets) other.get(target)?.add(file)
  return other
}

/**
 * The files in groups, a group after all that it imports: a group of several are files that import
 * each other around (strongly connected components, Tarjan 1972, without recursion).
 */
export function groupsOf(graph: Graph): string[][] {
  const groups: string[][] = []
  const number = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  for (const start of graph.keys()) {
    if (number.has(start)) continue
    const calls = [enter(start)]
    while (calls.length > 0) {
      const { file, targets } = calls.at(-1)!
      const { done, value: target } = targets.next()
      if (!done) {
        if (!number.has(target)) calls.push(enter(target))
        else if (onStack.has(target)) {
          lowest.set(file, Math.min(lowest.get(file)!, number.get(target)!))
        }
        continue
      }
      calls.pop()
      const above = calls.at(-1)?.file
      if (above !== undefined) lowest.set(above, Math.min(lowest.get(above)!, lowest.get(file)!))
      if (lowest.get(file) === number.get(file)) {
        const group = stack.splice(stack.lastIndexOf(file))
        for (const one of group) onStack.delete(one)
        groups.push(group.sort())
      }
    }
  }
  return groups

  function enter(file: string) {
    number.set(file, number.size)
    lowest.set(file, number.get(file)!)
    stack.push(file)
    onStack.add(file)
    return { file, targets: (graph.get(file) ?? new Set<string>()).values() }
  }
}

/**
 * How many imports lead from each file to the deepest that it needs; files of one group count as
 * one.
 */
export function depthsOf(graph: Graph, groups: readonly string[][]): Map<string, number> {
  const depths = new Map<string, number>()
  for (const group of groups) {
    let depth = 0
    for (const file of group) {
      for (const target of graph.get(file) ?? []) {
        depth = Math.max(depth, (depths.get(target) ?? -1) + 1)
      }
    }
    for (const file of group) depths.set(file, depth)
  }
  return depths
}

/** All that is reached from a file, nearest first, with the number of steps. */
export function reachedFrom(graph: Graph, start: string): Map<string, number> {
  const steps = new Map([[start, 0]])
  for (const [file, step] of steps) {
    for (const target of graph.get(file) ?? []) if (!steps.has(target)) steps.set(target, step + 1)
  }
  steps.delete(start)
  return steps
}

/**
 * Cycles through a file, for each of its imports that leads back to it a shortest one, each
 * beginning and ending with the file.
 */
export function cyclesThrough(graph: Graph, file: string, most: number): string[][] {
  const cycles: string[][] = []
  const back = nextSteps(graph, file)
  for (const first of graph.get(file) ?? []) {
    if (cycles.length === most || !back.has(first)) continue
    const cycle = [file, first]
    while (cycle.at(-1) !== file) cycle.push(back.get(cycle.at(-1)!)!)
    cycles.push(cycle)
  }
  return cycles
}

/** For each file from which `goal` can be reached, the next one on a shortest way. */
function nextSteps(graph: Graph, goal: string): Map<string, string> {
  const importers = reversed(graph)
  const next = new Map<string, string>()
  const queue = [goal]
  for (const file of queue) {
    for (const importer of importers.get(file) ?? []) {
      if (importer === goal || next.has(importer)) continue
      next.set(importer, file)
      queue.push(importer)
    }
  }
  return next
}
