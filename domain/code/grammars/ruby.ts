import { assigned, type Grammar, importOf, literal, named } from './grammar.ts'

export const ruby: Grammar = {
  wasm: 'ruby',
  symbols: {
    method: named('method'),
    singleton_method: named('method'),
    class: named('class'),
    module: named('module'),
    assignment: assigned('constant')
  },
  containers: new Set(['class', 'module']),
  imports: {
    call(node) {
      const method = node.childForFieldName('method')?.text ?? ''
      if (
        !['require', 'require_relative', 'load'].includes(method) ||
        node.childForFieldName('receiver')
      ) {
        return []
      }
      const path = literal(node.childForFieldName('arguments')?.namedChild(0))
      return importOf(path && method === 'require_relative' ? `./${path}` : path)
    }
  }
}
