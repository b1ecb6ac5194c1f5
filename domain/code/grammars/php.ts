import type { Node } from '@vscode/tree-sitter-wasm'
import { type LanguageGrammar, type SourceImport, importOf, namedSymbol } from './grammar.ts'

/** `use A\{B, C as D}` imports A\B and A\C. */
function useImports(node: Node): SourceImport[] {
  const useText = node.text.replace(
    /^use\s+(?:function\s+|const\s+)?|(?<!\s)\s+as\s+\w+|[\s;]/g,
    ''
  )
  const [, prefix = '', list = useText] = /^([^{]*)\{(.*)\}$/s.exec(useText) ?? []
  return list
    .split(',')
    .filter(Boolean)
    .map((name) => ({ specifier: (prefix + name).replace(/^\\/, '') }))
}

/** Reads the path in `require __DIR__ . '/a.php'`. */
function includeImports(node: Node): SourceImport[] {
  const includedPath = /["']([^"'$]+)["']/.exec(node.text)?.[1]
  return importOf(includedPath && `./${includedPath.replace(/^\//, '')}`)
}

export const phpGrammar: LanguageGrammar = {
  wasm: 'php',
  symbols: {
    function_definition: namedSymbol('function'),
    class_declaration: namedSymbol('class'),
    interface_declaration: namedSymbol('interface'),
    trait_declaration: namedSymbol('trait'),
    enum_declaration: namedSymbol('enum'),
    method_declaration: namedSymbol('method')
  },
  containers: new Set(['class', 'interface', 'trait', 'enum']),
  imports: {
    namespace_use_declaration: useImports,
    include_expression: includeImports,
    include_once_expression: includeImports,
    require_expression: includeImports,
    require_once_expression: includeImports
  },
  namespace: {
    node: 'namespace_definition',
    name: (node) => node.childForFieldName('name')?.text ?? '',
    separator: '\\'
  }
}
