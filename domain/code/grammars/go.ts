import { type Grammar, importOf, literal, named } from './grammar.ts'

export const go: Grammar = {
  wasm: 'go',
  symbols: {
    function_declaration: named('function'),
    method_declaration(node) {
      const receiver = /(?<!\w)(\w+)(?:\s*\[[^\]]*\])?\s*\)$/.exec(
        node.childForFieldName('receiver')?.text.slice(-200) ?? ''
      )?.[1]
      const name = node.childForFieldName('name')?.text
      return name ? { name: receiver ? `${receiver}.${name}` : name, kind: 'method' } : undefined
    },
    type_spec(node) {
      const kind = node.childForFieldName('type')?.type.replace('_type', '') ?? ''
      return named(['struct', 'interface'].includes(kind) ? kind : 'type')(node, [])
    },
    type_alias: named('type'),
    const_spec: (node, within) =>
      within.at(-2) === 'source_file' ? named('constant')(node, []) : undefined,
    var_spec: (node, within) => (within.includes('block') ? undefined : named('variable')(node, []))
  },
  containers: new Set(),
  imports: { import_spec: (node) => importOf(literal(node.childForFieldName('path'))) }
}
