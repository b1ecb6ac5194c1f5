import type { Node } from '@vscode/tree-sitter-wasm'
import { type LanguageGrammar, importOf, literalText, namedSymbol } from './grammar.ts'

const nameNodeTypes = new Set([
  'identifier',
  'field_identifier',
  'type_identifier',
  'qualified_identifier',
  'destructor_name',
  'operator_name',
  'operator_cast'
])
/** Hand-written declarators are not nested deeper. */
const MAX_DECLARATOR_DEPTH = 20

/**
 * The name that a declarator declares, through pointers, references and parameters. `callable`:
 * whether it declares a function.
 */
function declaredName(node: Node | null): { name: string; callable: boolean } | undefined {
  let isCallable = false
  for (let depth = 0; node && depth < MAX_DECLARATOR_DEPTH; depth++) {
    if (nameNodeTypes.has(node.type)) {
      return { name: node.text.replaceAll('::', '.'), callable: isCallable }
    }
    if (node.type === 'function_declarator') isCallable = true
    node = node.childForFieldName('declarator') ?? node.namedChild(0)
  }
}

function callableSymbol(kind: string): LanguageGrammar['symbols'][string] {
  return (node) => {
    const declaration = declaredName(node.childForFieldName('declarator'))
    return declaration?.callable ? { name: declaration.name, kind } : undefined
  }
}

/** Only a specifier with a body defines a type; `struct point p` just mentions one. */
function definitionSymbol(kind: string): LanguageGrammar['symbols'][string] {
  return (node) => (node.childForFieldName('body') ? namedSymbol(kind)(node, []) : undefined)
}

/** The C++ grammar parses C, too: it knows C's declarations and directives. */
export const cGrammar: LanguageGrammar = {
  wasm: 'cpp',
  symbols: {
    function_definition: callableSymbol('function'),
    declaration: callableSymbol('declaration'),
    field_declaration: callableSymbol('declaration'),
    class_specifier: definitionSymbol('class'),
    struct_specifier: definitionSymbol('struct'),
    union_specifier: definitionSymbol('union'),
    enum_specifier: definitionSymbol('enum'),
    namespace_definition: namedSymbol('namespace'),
    concept_definition: namedSymbol('concept'),
    alias_declaration: namedSymbol('type'),
    type_definition(node) {
      const declaration = declaredName(node.childForFieldName('declarator'))
      return declaration && { name: declaration.name, kind: 'type' }
    },
    preproc_def: namedSymbol('macro'),
    preproc_function_def: namedSymbol('macro')
  },
  containers: new Set(['class', 'struct', 'union', 'namespace']),
  imports: {
    preproc_include(node) {
      const pathNode = node.childForFieldName('path')
      const pathText = literalText(pathNode)
      return importOf(
        pathText && pathNode!.type === 'system_lib_string' ? `<${pathText}>` : pathText
      )
    }
  }
}
