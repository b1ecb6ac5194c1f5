import type { Node } from '@vscode/tree-sitter-wasm'

/**
 * Something that a file names as needed, as it is written there; `names`: what is taken of it,
 * where that can be files of their own.
 */
export interface SourceImport {
  specifier: string
  names?: string[]
}

/** Node types of the ancestors, the nearest last. */
export type AncestorTypes = readonly string[]

/** How a tree of one language is read. */
export interface LanguageGrammar {
  /** The file of the grammar, without tree-sitter- and .wasm. */
  wasm: string
  /** By node type: what is defined there. */
  symbols: Record<
    string,
    (node: Node, within: AncestorTypes) => { name: string; kind: string } | undefined
  >
  /**
   * Kinds of symbols whose inside has symbols that count; what is defined inside others is theirs.
   */
  containers: ReadonlySet<string>
  imports: Record<string, (node: Node) => SourceImport[]>
  /**
   * By node type: the package or namespace that the file is in, and what separates its parts. Its
   * types can be imported by that name.
   */
  namespace?: { node: string; name: (node: Node) => string; separator: string }
}

/** A symbol named by its field `name`. */
export function namedSymbol(kind: string): LanguageGrammar['symbols'][string] {
  return (node) => {
    const nameNode = node.childForFieldName('name')
    return nameNode ? { name: literalText(nameNode) ?? nameNode.text, kind } : undefined
  }
}

/** What a string literal says; undefined for one that is put together. */
export function literalText(node: Node | null | undefined): string | undefined {
  const literalMatch = node && /^(?:["'`](.*)["'`]|<(.*)>)$/s.exec(node.text)
  return literalMatch ? (literalMatch[1] ?? literalMatch[2]) : undefined
}

/** An assignment to a name outside of functions and classes. */
export function assignedConstant(...names: string[]): LanguageGrammar['symbols'][string] {
  return (node, within) => {
    const leftSide = node.childForFieldName('left')
    if (
      !leftSide ||
      !names.includes(leftSide.type) ||
      !['module', 'program'].includes(
        within.filter((type) => type !== 'expression_statement').at(-1) ?? ''
      )
    ) {
      return undefined
    }
    return { name: leftSide.text, kind: 'constant' }
  }
}

export function importOf(specifier: string | undefined): SourceImport[] {
  return specifier ? [{ specifier }] : []
}

export function namedChildren(node: Node, ...types: string[]): Node[] {
  return node.namedChildren.filter(
    (child): child is Node => child !== null && (types.length === 0 || types.includes(child.type))
  )
}
