import type { Node } from '@vscode/tree-sitter-wasm'
import { type LanguageGrammar, type SourceImport, namedSymbol, namedChildren } from './grammar.ts'

/** Paths kept of one `use`; a longer list is cut. */
const MAX_PATHS = 200

/** Expands `a::{b, c::*, d as e}` to a::b, a::c and a::d. */
function usedPaths(node: Node | null, before = ''): string[] {
  if (!node) return []
  const joinPath = (part: string) => (before && part ? `${before}::${part}` : before || part)
  switch (node.type) {
    case 'scoped_use_list':
      return usedPaths(
        node.childForFieldName('list'),
        joinPath(node.childForFieldName('path')?.text ?? '')
      )
    case 'use_list':
      return namedChildren(node)
        .slice(0, MAX_PATHS)
        .flatMap((child) => usedPaths(child, before))
    case 'use_as_clause':
      return usedPaths(node.childForFieldName('path'), before)
    case 'use_wildcard':
      return [joinPath(node.namedChild(0)?.text ?? '')]
    case 'self':
      return [before || 'self']
    default:
      return [joinPath(node.text)]
  }
}

function usePathImports(node: Node): SourceImport[] {
  return usedPaths(node.childForFieldName('argument'))
    .slice(0, MAX_PATHS)
    .map((path) => ({ specifier: path.replace(/\s+/g, '') }))
}

export const rustGrammar: LanguageGrammar = {
  wasm: 'rust',
  symbols: {
    function_item: namedSymbol('function'),
    function_signature_item: namedSymbol('function'),
    struct_item: namedSymbol('struct'),
    enum_item: namedSymbol('enum'),
    union_item: namedSymbol('union'),
    trait_item: namedSymbol('trait'),
    mod_item: (node) =>
      node.childForFieldName('body') ? namedSymbol('module')(node, []) : undefined,
    const_item: namedSymbol('constant'),
    static_item: namedSymbol('constant'),
    type_item: namedSymbol('type'),
    macro_definition: namedSymbol('macro'),
    impl_item(node) {
      const typeName = node.childForFieldName('type')?.text.replace(/<.*/s, '')
      return typeName ? { name: typeName, kind: 'impl' } : undefined
    }
  },
  containers: new Set(['trait', 'impl', 'module']),
  imports: {
    use_declaration: usePathImports,
    mod_item(node) {
      const moduleName = node.childForFieldName('name')?.text
      return moduleName && !node.childForFieldName('body')
        ? [{ specifier: `mod ${moduleName}` }]
        : []
    }
  }
}
