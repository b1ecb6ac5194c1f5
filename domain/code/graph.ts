/** The imports of each file. Every file of the project is a key. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>

/** The importers of each file. */
export function reverseGraph(graph: ImportGraph): Map<string, Set<string>> {
  const importersByFile = new Map<string, Set<string>>(
    [...graph.keys()].map((file) => [file, new Set<string>()])
  )
  for (const [file, targets] of graph) {
    for (const importedFile of targets) importersByFile.get(importedFile)?.add(file)
  }
  return importersByFile
}

/**
 * Groups files so that each group follows all groups that it imports. A group of several files is
 * an import cycle: a strongly connected component (Tarjan 1972, without recursion).
 */
export function groupsOf(graph: ImportGraph): string[][] {
  const fileGroups: string[][] = []
  const visitNumbers = new Map<string, number>()
  const lowestNumbers = new Map<string, number>()
  const visitStack: string[] = []
  const onStack = new Set<string>()
  for (const startFile of graph.keys()) {
    if (visitNumbers.has(startFile)) continue
    const callStack = [enterFile(startFile)]
    while (callStack.length > 0) {
      const { file, targets } = callStack.at(-1)!
      const { done, value: target } = targets.next()
      if (!done) {
        if (!visitNumbers.has(target)) callStack.push(enterFile(target))
        else if (onStack.has(target)) {
          lowestNumbers.set(file, Math.min(lowestNumbers.get(file)!, visitNumbers.get(target)!))
        }
        continue
      }
      callStack.pop()
      const callerFile = callStack.at(-1)?.file
      if (callerFile !== undefined) {
        lowestNumbers.set(
          callerFile,
          Math.min(lowestNumbers.get(callerFile)!, lowestNumbers.get(file)!)
        )
      }
      if (lowestNumbers.get(file) === visitNumbers.get(file)) {
        const fileGroup = visitStack.splice(visitStack.lastIndexOf(file))
        for (const groupMember of fileGroup) onStack.delete(groupMember)
        fileGroups.push(fileGroup.sort())
      }
    }
  }
  return fileGroups

  function enterFile(file: string) {
    visitNumbers.set(file, visitNumbers.size)
    lowestNumbers.set(file, visitNumbers.get(file)!)
    visitStack.push(file)
    onStack.add(file)
    return { file, targets: (graph.get(file) ?? new Set<string>()).values() }
  }
}

/**
 * The longest chain of imports from each file to a file without imports. The files of one group
 * have the same depth.
 */
export function depthsOf(graph: ImportGraph, groups: readonly string[][]): Map<string, number> {
  const depthByFile = new Map<string, number>()
  for (const fileGroup of groups) {
    let groupDepth = 0
    for (const file of fileGroup) {
      for (const importedFile of graph.get(file) ?? []) {
        groupDepth = Math.max(groupDepth, (depthByFile.get(importedFile) ?? -1) + 1)
      }
    }
    for (const file of fileGroup) depthByFile.set(file, groupDepth)
  }
  return depthByFile
}

/** All files that can be reached from a file, nearest first, with the number of steps. */
export function reachedFrom(graph: ImportGraph, start: string): Map<string, number> {
  const stepsByFile = new Map([[start, 0]])
  for (const [file, step] of stepsByFile) {
    for (const importedFile of graph.get(file) ?? []) {
      if (!stepsByFile.has(importedFile)) stepsByFile.set(importedFile, step + 1)
    }
  }
  stepsByFile.delete(start)
  return stepsByFile
}

/**
 * Import cycles through a file: for each import that leads back, one of the shortest. A cycle
 * begins and ends with the file.
 */
export function cyclesThrough(graph: ImportGraph, file: string, maxCycles: number): string[][] {
  const importCycles: string[][] = []
  const wayBack = nextSteps(graph, file)
  for (const firstImport of graph.get(file) ?? []) {
    if (importCycles.length === maxCycles || !wayBack.has(firstImport)) continue
    const importCycle = [file, firstImport]
    while (importCycle.at(-1) !== file) importCycle.push(wayBack.get(importCycle.at(-1)!)!)
    importCycles.push(importCycle)
  }
  return importCycles
}

/** For each file that can reach `goal`, the next file on a shortest way. */
function nextSteps(graph: ImportGraph, goal: string): Map<string, string> {
  const importersByFile = reverseGraph(graph)
  const nextOnWay = new Map<string, string>()
  const fileQueue = [goal]
  for (const file of fileQueue) {
    for (const importingFile of importersByFile.get(file) ?? []) {
      if (importingFile === goal || nextOnWay.has(importingFile)) continue
      nextOnWay.set(importingFile, file)
      fileQueue.push(importingFile)
    }
  }
  return nextOnWay
}
