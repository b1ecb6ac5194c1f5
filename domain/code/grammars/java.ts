import { type Grammar, importOf, named } from './grammar.ts'

export const java: Grammar = {
  wasm: 'java',
  symbols: {
    class_declaration: named('class'),
    interface_declaration: named('interface'),
    enum_declaration: named('enum'),
    record_declaration: named('record'),
    annotation_type_declaration: named('annotation'),
    method_declaration: named('method'),
    constructor_declaration: named('constructor')
  },
  containers: new Set(['class', 'interface', 'enum', 'record', 'annotation']),
  imports: {
    import_declaration: (node) => importOf(node.text.replace(/^import\s+(?:static\s+)?|[\s;]/g, ''))
  },
  namespace: {
    node: 'package_declaration',
    name: (node) => node.text.replace(/^.*?package\s+|[\s;]/gs, ''),
    separator: '.'
  }
}
