import type { Node } from '@vscode/tree-sitter-wasm'

/**
 * An import as the file writes it. `names`: what it takes from the module, in languages where each
 * name can be a file.
 */
export interface SourceImport {
  specifier: string
  names?: string[]
}

/** Node types of the ancestors, from the root to the parent. */
export type AncestorTypes = readonly string[]

/** How to read the syntax tree of one language. */
export interface LanguageGrammar {
  /** The file name of the grammar, without `tree-sitter-` and `.wasm`. */
  wasm: string
  /** The symbol that a node defines, by node type. */
  symbols: Record<
    string,
    (node: Node, within: AncestorTypes) => { name: string; kind: string } | undefined
  >
  /** Kinds of symbols whose inner symbols are indexed. Symbols inside other kinds are local. */
  containers: ReadonlySet<string>
  imports: Record<string, (node: Node) => SourceImport[]>
  /**
   * The node that names the file's package or namespace, and the separator of its parts. Other
   * files import the types of the file by that name.
   */
  namespace?: { node: string; name: (node: Node) => string; separator: string }
}

/** Reads a symbol whose name is in the field `name`. */
export function namedSymbol(kind: string): LanguageGrammar['symbols'][string] {
  return (node) => {
    const nameNode = node.childForFieldName('name')
    return nameNode ? { name: literalText(nameNode) ?? nameNode.text, kind } : undefined
  }
}

/** The text of a string literal; undefined for an interpolated string. */
export function literalText(node: Node | null | undefined): string | undefined {
  const literalMatch = node && /^(?:["'`](.*)["'`]|<(.*)>)$/s.exec(node.text)
  return literalMatch ? (literalMatch[1] ?? literalMatch[2]) : undefined
}

/** Reads a constant: an assignment outside of functions and classes. */
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

/** The import of one specifier; none without a specifier. */
export function importOf(specifier: string | undefined): SourceImport[] {
  return specifier ? [{ specifier }] : []
}

/** The named children of a node; with `types` only those of these types. */
export function namedChildren(node: Node, ...types: string[]): Node[] {
  return node.namedChildren.filter(
    (child): child is Node => child !== null && (types.length === 0 || types.includes(child.type))
  )
}
