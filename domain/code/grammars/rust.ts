import type { Node } from '@vscode/tree-sitter-wasm'
import { type Grammar, type Import, named, namedChildren } from './grammar.ts'

/** Paths of one `use`; a longer list is cut. */
const MAX_PATHS = 200

/** `a::{b, c::*, d as e}` as a::b, a::c and a::d. */
function paths(node: Node | null, before = ''): string[] {
  if (!node) return []
  const join = (part: string) => (before && part ? `${before}::${part}` : before || part)
  switch (node.type) {
    case 'scoped_use_list':
      return paths(node.childForFieldName('list'), join(node.childForFieldName('path')?.text ?? ''))
    case 'use_list':
      return namedChildren(node)
        .slice(0, MAX_PATHS)
        .flatMap((child) => paths(child, before))
    case 'use_as_clause':
      return paths(node.childForFieldName('path'), before)
    case 'use_wildcard':
      return [join(node.namedChild(0)?.text ?? '')]
    case 'self':
      return [before || 'self']
    default:
      return [join(node.text)]
  }
}

function use(node: Node): Import[] {
  return paths(node.childForFieldName('argument'))
    .slice(0, MAX_PATHS)
    .map((path) => ({ specifier: path.replace(/\s+/g, '') }))
}

export const rust: Grammar = {
  wasm: 'rust',
  symbols: {
    function_item: named('function'),
    function_signature_item: named('function'),
    struct_item: named('struct'),
    enum_item: named('enum'),
    union_item: named('union'),
    trait_item: named('trait'),
    mod_item: (node) => (node.childForFieldName('body') ? named('module')(node, []) : undefined),
    const_item: named('constant'),
    static_item: named('constant'),
    type_item: named('type'),
    macro_definition: named('macro'),
    impl_item(node) {
      const name = node.childForFieldName('type')?.text.replace(/<.*/s, '')
      return name ? { name, kind: 'impl' } : undefined
    }
  },
  containers: new Set(['trait', 'impl', 'module']),
  imports: {
    use_declaration: use,
    mod_item(node) {
      const name = node.childForFieldName('name')?.text
      return name && !node.childForFieldName('body') ? [{ specifier: `mod ${name}` }] : []
    }
  }
}
