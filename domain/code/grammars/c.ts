import type { Node } from '@vscode/tree-sitter-wasm'
import { type Grammar, importOf, literal, named } from './grammar.ts'

const names = new Set([
  'identifier',
  'field_identifier',
  'type_identifier',
  'qualified_identifier',
  'destructor_name',
  'operator_name',
  'operator_cast'
])
/** Nothing that somebody wrote is declared further inside. */
const DEEPEST = 20

/**
 * What a declarator declares, through pointers, references and parameters; whether it is a
 * function.
 */
function declared(node: Node | null): { name: string; callable: boolean } | undefined {
  let callable = false
  for (let depth = 0; node && depth < DEEPEST; depth++) {
    if (names.has(node.type)) return { name: node.text.replaceAll('::', '.'), callable }
    if (node.type === 'function_declarator') callable = true
    node = node.childForFieldName('declarator') ?? node.namedChild(0)
  }
}

function callable(kind: string): Grammar['symbols'][string] {
  return (node) => {
    const found = declared(node.childForFieldName('declarator'))
    return found?.callable ? { name: found.name, kind } : undefined
  }
}

/** Of a mere mention like `struct point p` nothing is defined. */
function withBody(kind: string): Grammar['symbols'][string] {
  return (node) => (node.childForFieldName('body') ? named(kind)(node, []) : undefined)
}

/** C is read as C++, of which its declarations and directives are a part. */
export const c: Grammar = {
  wasm: 'cpp',
  symbols: {
    function_definition: callable('function'),
    declaration: callable('declaration'),
    field_declaration: callable('declaration'),
    class_specifier: withBody('class'),
    struct_specifier: withBody('struct'),
    union_specifier: withBody('union'),
    enum_specifier: withBody('enum'),
    namespace_definition: named('namespace'),
    concept_definition: named('concept'),
    alias_declaration: named('type'),
    type_definition(node) {
      const found = declared(node.childForFieldName('declarator'))
      return found && { name: found.name, kind: 'type' }
    },
    preproc_def: named('macro'),
    preproc_function_def: named('macro')
  },
  containers: new Set(['class', 'struct', 'union', 'namespace']),
  imports: {
    preproc_include(node) {
      const path = node.childForFieldName('path')
      const text = literal(path)
      return importOf(text && path!.type === 'system_lib_string' ? `<${text}>` : text)
    }
  }
}
