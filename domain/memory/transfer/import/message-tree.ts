/** A message or a root, with `parent` and `children` as the file has them. */
export interface TreeNode {
  parent: string | null
  children?: string[]
  /** The time in milliseconds, for the order; 0 when the file has none. */
  at: number
  /** The node holds no message. */
  isEmpty?: boolean
}

export interface MessageLine {
  /** In the order of the conversation. */
  ids: string[]
  /** Number of joined pieces; more than one if the chain of parents has a gap. */
  pieces: number
}

type TreeEntry = [id: string, node: TreeNode]

/**
 * Finds the line of messages from the beginning to `endId`, or to the newest leaf without it. If a
 * parent is missing, `children` show where a message belongs. Pieces without any connection are
 * joined in the order of time.
 */
export function findMessageLine(nodes: ReadonlyMap<string, TreeNode>, endId: unknown): MessageLine {
  const parentIds = parentsOf(nodes)
  const rootIds = rootsOf(nodes, parentIds)
  const lastId =
    typeof endId === 'string' && nodes.has(endId) ? endId : newestLeaf([...nodes], parentIds)
  if (lastId === undefined) return { ids: [], pieces: 0 }
  let previousTime = 0
  const linePieces = [...groupByRoot(nodes, rootIds)]
    .filter(([, treeEntries]) => treeEntries.some(([, { isEmpty }]) => !isEmpty))
    .map(([rootId, treeEntries]) => {
      const isMainTree = rootId === rootIds.get(lastId)
      const leafId = isMainTree ? lastId : newestLeaf(treeEntries, parentIds)!
      const knownTimes = treeEntries.flatMap(([, { at }]) => (at > 0 ? [at] : []))
      // A piece without times stays behind the piece before it in the file.
      if (knownTimes.length > 0) previousTime = knownTimes.reduce((a, b) => Math.min(a, b))
      return { ids: pathToLeaf(leafId, parentIds), startTime: previousTime }
    })
  const sortedPieces = linePieces.toSorted((a, b) => a.startTime - b.startTime)
  const lineIds = sortedPieces.flatMap((linePiece) => linePiece.ids)
  return { ids: lineIds.filter((id) => nodes.has(id)), pieces: linePieces.length }
}

function groupByRoot(
  nodes: ReadonlyMap<string, TreeNode>,
  rootIds: ReadonlyMap<string, string>
): Map<string, TreeEntry[]> {
  const treesByRoot = new Map<string, TreeEntry[]>()
  for (const treeEntry of nodes) {
    const rootId = rootIds.get(treeEntry[0])!
    const treeEntries = treesByRoot.get(rootId)
    if (treeEntries) treeEntries.push(treeEntry)
    else treesByRoot.set(rootId, [treeEntry])
  }
  return treesByRoot
}

/**
 * The parent of each node: its own entry, or the node that lists it as a child. Siblings may share
 * a parent that is missing in the file.
 */
function parentsOf(nodes: ReadonlyMap<string, TreeNode>): Map<string, string> {
  const listingParents = new Map<string, string>()
  for (const [id, { children = [] }] of nodes) {
    for (const childId of children) {
      if (!listingParents.has(childId)) listingParents.set(childId, id)
    }
  }
  const parentIds = new Map<string, string>()
  for (const [id, { parent }] of nodes) {
    const hasOwnParent = parent !== null && nodes.has(parent)
    const parentId = hasOwnParent ? parent : (listingParents.get(id) ?? parent)
    if (parentId !== null && parentId !== undefined && parentId !== id) parentIds.set(id, parentId)
  }
  return parentIds
}

/** The topmost ancestor of each node. Cuts a circle where the walk enters it. */
function rootsOf(
  nodes: ReadonlyMap<string, TreeNode>,
  parentIds: Map<string, string>
): Map<string, string> {
  const rootIds = new Map<string, string>()
  for (const nodeId of nodes.keys()) {
    const pathIds = new Set<string>()
    let currentId = nodeId
    while (!rootIds.has(currentId) && parentIds.has(currentId)) {
      if (pathIds.has(currentId)) {
        parentIds.delete(currentId)
        break
      }
      pathIds.add(currentId)
      currentId = parentIds.get(currentId)!
    }
    const rootId = rootIds.get(currentId) ?? currentId
    for (const pathId of [...pathIds, currentId]) rootIds.set(pathId, rootId)
  }
  return rootIds
}

function newestLeaf(
  treeEntries: TreeEntry[],
  parentIds: ReadonlyMap<string, string>
): string | undefined {
  const innerIds = new Set(treeEntries.map(([id]) => parentIds.get(id)))
  let newestEntry: TreeEntry | undefined
  for (const treeEntry of treeEntries) {
    const [id, { at }] = treeEntry
    if (!innerIds.has(id) && (!newestEntry || at >= newestEntry[1].at)) newestEntry = treeEntry
  }
  return newestEntry?.[0] ?? treeEntries.at(-1)?.[0]
}

/** The ids from the root to the leaf. A circle ends where it closes. */
function pathToLeaf(leafId: string, parentIds: ReadonlyMap<string, string>): string[] {
  const pathIds = new Set<string>()
  let currentId: string | undefined = leafId
  while (currentId !== undefined && !pathIds.has(currentId)) {
    pathIds.add(currentId)
    currentId = parentIds.get(currentId)
  }
  return [...pathIds].reverse()
}
