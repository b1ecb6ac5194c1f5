import {
  assignedConstant,
  type LanguageGrammar,
  importOf,
  literalText,
  namedSymbol
} from './grammar.ts'

export const rubyGrammar: LanguageGrammar = {
  wasm: 'ruby',
  symbols: {
    method: namedSymbol('method'),
    singleton_method: namedSymbol('method'),
    class: namedSymbol('class'),
    module: namedSymbol('module'),
    assignment: assignedConstant('constant')
  },
  containers: new Set(['class', 'module']),
  imports: {
    call(node) {
      const methodName = node.childForFieldName('method')?.text ?? ''
      if (
        !['require', 'require_relative', 'load'].includes(methodName) ||
        node.childForFieldName('receiver')
      ) {
        return []
      }
      const requiredPath = literalText(node.childForFieldName('arguments')?.namedChild(0))
      return importOf(
        requiredPath && methodName === 'require_relative' ? `./${requiredPath}` : requiredPath
      )
    }
  }
}
