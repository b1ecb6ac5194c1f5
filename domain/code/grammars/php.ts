import type { Node } from '@vscode/tree-sitter-wasm'
import { type Grammar, type Import, importOf, named } from './grammar.ts'

/** `use A\{B, C as D}` names A\B and A\C. */
function phpUse(node: Node): Import[] {
  const text = node.text.replace(/^use\s+(?:function\s+|const\s+)?|(?<!\s)\s+as\s+\w+|[\s;]/g, '')
  const [, prefix = '', list = text] = /^([^{]*)\{(.*)\}$/s.exec(text) ?? []
  return list
    .split(',')
    .filter(Boolean)
    .map((name) => ({ specifier: (prefix + name).replace(/^\\/, '') }))
}

/** The path in `require __DIR__ . '/a.php'`. */
function phpInclude(node: Node): Import[] {
  const path = /["']([^"'$]+)["']/.exec(node.text)?.[1]
  return importOf(path && `./${path.replace(/^\//, '')}`)
}

export const php: Grammar = {
  wasm: 'php',
  symbols: {
    function_definition: named('function'),
    class_declaration: named('class'),
    interface_declaration: named('interface'),
    trait_declaration: named('trait'),
    enum_declaration: named('enum'),
    method_declaration: named('method')
  },
  containers: new Set(['class', 'interface', 'trait', 'enum']),
  imports: {
    namespace_use_declaration: phpUse,
    include_expression: phpInclude,
    include_once_expression: phpInclude,
    require_expression: phpInclude,
    require_once_expression: phpInclude
  },
  namespace: {
    node: 'namespace_definition',
    name: (node) => node.childForFieldName('name')?.text ?? '',
    separator: '\\'
  }
}
