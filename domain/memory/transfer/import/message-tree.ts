/** A message or a root; `parent` and `children` as the file has them. */
export interface TreeNode {
  parent: string | null
  children?: string[]
  /** For the order; 0 when the file has no time. */
  at: number
  /** It holds no message. */
  isEmpty?: boolean
}

export interface MessageLine {
  /** In the order of the conversation. */
  ids: string[]
  /** Pieces that the line was put together from; more than one where the chain has a gap. */
  pieces: number
}

/**
 * The ids from the beginning to the given end of a tree of messages; without one to its newest
 * leaf. Where a parent is missing, `children` say where a message belongs; where these are
 * missing, too, what is left of the tree comes in the order of time.
 */
export function findMessageLine(nodes: ReadonlyMap<string, TreeNode>, end: unknown): MessageLine {
  const parents = parentsOf(nodes)
  const roots = rootsOf(nodes, parents)
  const last = typeof end === 'string' && nodes.has(end) ? end : newestLeaf([...nodes], parents)
  if (last === undefined) return { ids: [], pieces: 0 }
  const trees = new Map<string, Array<[string, TreeNode]>>()
  for (const entry of nodes) {
    const root = roots.get(entry[0])!
    const tree = trees.get(root)
    if (tree) tree.push(entry)
    else trees.set(root, [entry])
  }
  let known = 0
  const pieces = [...trees]
    .filter(([, tree]) => tree.some(([, { isEmpty }]) => !isEmpty))
    .map(([root, tree]) => {
      const leaf = root === roots.get(last) ? last : newestLeaf(tree, parents)!
      const times = tree.flatMap(([, { at }]) => (at > 0 ? [at] : []))
      if (times.length > 0) known = times.reduce((least, at) => Math.min(least, at))
      return { ids: upFrom(leaf, parents), at: known } // without a time it stays where it stands
    })
  const ids = pieces.toSorted((a, b) => a.at - b.at).flatMap((piece) => piece.ids)
  return { ids: ids.filter((id) => nodes.has(id)), pieces: pieces.length }
}

/** The parent of each: its own, or who names it as a child. Siblings share a missing parent. */
function parentsOf(nodes: ReadonlyMap<string, TreeNode>): Map<string, string> {
  const named = new Map<string, string>()
  for (const [id, { children = [] }] of nodes) {
    for (const child of children) if (!named.has(child)) named.set(child, id)
  }
  const parents = new Map<string, string>()
  for (const [id, { parent }] of nodes) {
    const known = parent !== null && nodes.has(parent) ? parent : (named.get(id) ?? parent)
    if (known !== null && known !== undefined && known !== id) parents.set(id, known)
  }
  return parents
}

/** The topmost ancestor of each. A circle is cut where it is entered. */
function rootsOf(
  nodes: ReadonlyMap<string, TreeNode>,
  parents: Map<string, string>
): Map<string, string> {
  const roots = new Map<string, string>()
  for (const id of nodes.keys()) {
    const path: string[] = []
    const onPath = new Set<string>()
    let at = id
    while (!roots.has(at) && parents.has(at)) {
      if (onPath.has(at)) {
        parents.delete(at)
        break
      }
      onPath.add(at)
      path.push(at)
      at = parents.get(at)!
    }
    const root = roots.get(at) ?? at
    for (const step of [...path, at]) roots.set(step, root)
  }
  return roots
}

function newestLeaf(
  tree: Array<[string, TreeNode]>,
  parents: Map<string, string>
): string | undefined {
  const inner = new Set(tree.map(([id]) => parents.get(id)))
  let best: [string, TreeNode] | undefined
  for (const entry of tree) {
    if (!inner.has(entry[0]) && (!best || entry[1].at >= best[1].at)) best = entry
  }
  return best?.[0] ?? tree.at(-1)?.[0]
}

function upFrom(leaf: string, parents: Map<string, string>): string[] {
  const line = new Set<string>()
  for (let at: string | undefined = leaf; at !== undefined && !line.has(at); at = parents.get(at)) {
    line.add(at)
  }
  return [...line].reverse()
}
