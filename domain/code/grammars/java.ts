import { type LanguageGrammar, importOf, namedSymbol } from './grammar.ts'

export const javaGrammar: LanguageGrammar = {
  wasm: 'java',
  symbols: {
    class_declaration: namedSymbol('class'),
    interface_declaration: namedSymbol('interface'),
    enum_declaration: namedSymbol('enum'),
    record_declaration: namedSymbol('record'),
    annotation_type_declaration: namedSymbol('annotation'),
    method_declaration: namedSymbol('method'),
    constructor_declaration: namedSymbol('constructor')
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
