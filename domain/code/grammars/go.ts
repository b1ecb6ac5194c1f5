import { type LanguageGrammar, importOf, literalText, namedSymbol } from './grammar.ts'

export const goGrammar: LanguageGrammar = {
  wasm: 'go',
  symbols: {
    function_declaration: namedSymbol('function'),
    method_declaration(node) {
      const receiverType = /(?<!\w)(\w+)(?:\s*\[[^\]]*\])?\s*\)$/.exec(
        node.childForFieldName('receiver')?.text.slice(-200) ?? ''
      )?.[1]
      const methodName = node.childForFieldName('name')?.text
      return methodName
        ? { name: receiverType ? `${receiverType}.${methodName}` : methodName, kind: 'method' }
        : undefined
    },
    type_spec(node) {
      const typeKind = node.childForFieldName('type')?.type.replace('_type', '') ?? ''
      return namedSymbol(['struct', 'interface'].includes(typeKind) ? typeKind : 'type')(node, [])
    },
    type_alias: namedSymbol('type'),
    const_spec: (node, within) =>
      within.at(-2) === 'source_file' ? namedSymbol('constant')(node, []) : undefined,
    var_spec: (node, within) =>
      within.includes('block') ? undefined : namedSymbol('variable')(node, [])
  },
  containers: new Set(),
  imports: { import_spec: (node) => importOf(literalText(node.childForFieldName('path'))) }
}
