import {
  assignedConstant,
  type LanguageGrammar,
  importOf,
  namedSymbol,
  namedChildren
} from './grammar.ts'

export const pythonGrammar: LanguageGrammar = {
  wasm: 'python',
  symbols: {
    function_definition: namedSymbol('function'),
    class_definition: namedSymbol('class'),
    assignment: assignedConstant('identifier')
  },
  containers: new Set(['class']),
  imports: {
    import_statement: (node) =>
      namedChildren(node).flatMap((child) =>
        importOf((child.childForFieldName('name') ?? child).text)
      ),
    import_from_statement(node) {
      const [module, ...taken] = namedChildren(node)
      const importedNames = taken.map((child) =>
        child.type === 'wildcard_import' ? '*' : (child.childForFieldName('name') ?? child).text
      )
      return module ? [{ specifier: module.text.replace(/\s+/g, ''), names: importedNames }] : []
    }
  }
}
