import type { SyntaxNode } from './syntax.ts'

/**
 * Conditions such as `.where('deleted_at', 'is', null)` that stand in several files of one area of
 * db/: each belongs into the area's conditions.ts.
 */
export function repeatedConditions(
  sources: Array<{ file: string; program: SyntaxNode }>
): Array<{ condition: string; files: string[] }> {
  const filesByCondition = new Map<string, Set<string>>()
  for (const { file, program } of sources) {
    const area = /^db\/(?!schema\/)[^/]+/.exec(file)?.[0]
    if (area === undefined) continue
    for (const condition of literalConditions(program)) {
      const key = `${area}: ${condition}`
      filesByCondition.set(key, (filesByCondition.get(key) ?? new Set()).add(file))
    }
  }
  return [...filesByCondition]
    .filter(([, files]) => files.size > 1)
    .map(([condition, files]) => ({ condition, files: [...files] }))
}

/** Calls of where() whose three arguments are all written out. */
function literalConditions(node: SyntaxNode): string[] {
  const inner = Object.entries(node)
    .filter(([key]) => key !== 'parent')
    .flatMap(([, child]) => (Array.isArray(child) ? child : [child]))
    .filter((child) => typeof child?.type === 'string')
    .flatMap((child) => literalConditions(child as SyntaxNode))
  const callee = node['callee'] as SyntaxNode | undefined
  const method = callee?.['property'] as SyntaxNode | undefined
  const literals = (node['arguments'] ?? []) as SyntaxNode[]
  const isWhere =
    node.type === 'CallExpression' &&
    method?.['name'] === 'where' &&
    literals.length === 3 &&
    literals.every(({ type }) => type === 'Literal')
  return isWhere ? [...inner, literals.map((literal) => literal['raw']).join(' ')] : inner
}
