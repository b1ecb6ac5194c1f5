import type { SyntaxNode } from './syntax.ts'

export interface Declaration {
  /** A binding is a parameter, or a name taken out of an object or an array. */
  kind: 'name' | 'binding' | 'function' | 'test function'
  /** `file:line`. */
  place: string
  name: string
  /** The lines of a function. Tests have another limit. */
  length: number
}

/** Every name that a file declares, without object keys, and every function with its length. */
export function declarationsOf(file: string, program: SyntaxNode): Declaration[] {
  const declarations: Declaration[] = []
  visit(program)
  return declarations

  function visit(node: SyntaxNode): void {
    for (const name of declaredNames(node)) add('name', node, name)
    for (const name of boundNames(node)) add('binding', node, name)
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      add(/^(test|bench)\//.test(file) ? 'test function' : 'function', node, '')
    }
    for (const child of childrenOf(node)) visit(child)
  }

  function add(kind: Declaration['kind'], node: SyntaxNode, name: string): void {
    const { start, end } = node['loc'] as { start: { line: number }; end: { line: number } }
    const length = end.line - start.line + 1
    declarations.push({ kind, place: `${file}:${start.line}`, name, length })
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.entries(node)
    .filter(([key]) => !['parent', 'tokens', 'comments', 'loc', 'range'].includes(key))
    .flatMap(([, child]) => (Array.isArray(child) ? child : [child]))
    .filter((child) => typeof child?.type === 'string')
}

function declaredNames(node: SyntaxNode): string[] {
  const id = node['id'] as SyntaxNode | null | undefined
  const isDeclaration =
    /^(VariableDeclarator|FunctionDeclaration|Class\w+|TS(Interface|TypeAlias)Declaration)$/
  return isDeclaration.test(node.type) && id?.type === 'Identifier' ? [id['name'] as string] : []
}

function boundNames(node: SyntaxNode): string[] {
  const id = node['id'] as SyntaxNode | null | undefined
  if (node.type === 'VariableDeclarator') return id!.type === 'Identifier' ? [] : patternNames(id!)
  return /Function/.test(node.type)
    ? ((node['params'] ?? []) as SyntaxNode[]).flatMap(patternNames)
    : []
}

/** Names that a pattern binds. A property that keeps its own name declares nothing new. */
function patternNames(pattern: SyntaxNode): string[] {
  if (pattern.type === 'Identifier') return [pattern['name'] as string]
  if (pattern.type === 'AssignmentPattern') return patternNames(pattern['left'] as SyntaxNode)
  if (pattern.type === 'RestElement') return patternNames(pattern['argument'] as SyntaxNode)
  if (pattern.type === 'ArrayPattern') {
    return (pattern['elements'] as Array<SyntaxNode | null>).flatMap((element) =>
      element ? patternNames(element) : []
    )
  }
  if (pattern.type !== 'ObjectPattern') return []
  return (pattern['properties'] as SyntaxNode[]).flatMap((property) =>
    property.type === 'Property'
      ? property['shorthand']
        ? []
        : patternNames(property['value'] as SyntaxNode)
      : patternNames(property)
  )
}
