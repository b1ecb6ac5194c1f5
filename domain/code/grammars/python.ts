import { assigned, type Grammar, importOf, named, namedChildren } from './grammar.ts'

export const python: Grammar = {
  wasm: 'python',
  symbols: {
    function_definition: named('function'),
    class_definition: named('class'),
    assignment: assigned('identifier')
  },
  containers: new Set(['class']),
  imports: {
    import_statement: (node) =>
      namedChildren(node).flatMap((child) =>
        importOf((child.childForFieldName('name') ?? child).text)
      ),
    import_from_statement(node) {
      const [module, ...taken] = namedChildren(node)
      const names = taken.map((child) =>
        child.type === 'wildcard_import' ? '*' : (child.childForFieldName('name') ?? child).text
      )
      return module ? [{ specifier: module.text.replace(/\s+/g, ''), names }] : []
    }
  }
}
