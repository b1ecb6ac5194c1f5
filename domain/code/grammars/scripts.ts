import type { Node } from '@vscode/tree-sitter-wasm'
import {
  type LanguageGrammar,
  importOf,
  literalText,
  namedSymbol,
  namedChildren,
  type AncestorTypes
} from './grammar.ts'

const functionNodeTypes = new Set(['arrow_function', 'function_expression', 'generator_function'])
const topLevelTypes = new Set(['program', 'export_statement', 'internal_module', 'module'])

/** Reads a constant or variable of the module; those inside functions and blocks are local. */
function variableSymbol(node: Node, within: AncestorTypes) {
  const parentType = within.at(-2) === 'statement_block' ? within.at(-3) : within.at(-2)
  const nameNode = node.childForFieldName('name')
  if (nameNode?.type !== 'identifier' || !topLevelTypes.has(parentType ?? '')) return undefined
  const valueType = node.childForFieldName('value')?.type ?? ''
  return {
    name: nameNode.text,
    kind: functionNodeTypes.has(valueType)
      ? 'function'
      : valueType === 'class'
        ? 'class'
        : 'constant'
  }
}

function methodFieldSymbol(node: Node) {
  const nameNode = node.childForFieldName('name') ?? node.childForFieldName('property')
  return nameNode && functionNodeTypes.has(node.childForFieldName('value')?.type ?? '')
    ? { name: nameNode.text, kind: 'method' }
    : undefined
}

/** Reads import() and require(). */
function callImports(node: Node) {
  const calleeNode = node.childForFieldName('function')
  if (calleeNode?.type !== 'import' && calleeNode?.text !== 'require') return []
  return importOf(literalText(node.childForFieldName('arguments')?.namedChild(0)))
}

function statementImports(node: Node) {
  const requireClause = namedChildren(node, 'import_require_clause')[0]
  return importOf(literalText((requireClause ?? node).childForFieldName('source')))
}

const javascriptGrammar: LanguageGrammar = {
  wasm: 'javascript',
  symbols: {
    function_declaration: namedSymbol('function'),
    generator_function_declaration: namedSymbol('function'),
    class_declaration: namedSymbol('class'),
    method_definition: namedSymbol('method'),
    field_definition: methodFieldSymbol,
    variable_declarator: variableSymbol
  },
  containers: new Set(['class', 'namespace']),
  imports: {
    import_statement: statementImports,
    export_statement: statementImports,
    call_expression: callImports
  }
}

const typescriptGrammar: LanguageGrammar = {
  ...javascriptGrammar,
  wasm: 'typescript',
  symbols: {
    ...javascriptGrammar.symbols,
    abstract_class_declaration: namedSymbol('class'),
    function_signature: namedSymbol('function'),
    abstract_method_signature: namedSymbol('method'),
    public_field_definition: methodFieldSymbol,
    interface_declaration: namedSymbol('interface'),
    type_alias_declaration: namedSymbol('type'),
    enum_declaration: namedSymbol('enum'),
    internal_module: namedSymbol('namespace'),
    module: namedSymbol('namespace')
  }
}

export const scriptGrammars = {
  javascript: javascriptGrammar,
  typescript: typescriptGrammar,
  tsx: { ...typescriptGrammar, wasm: 'tsx' }
}
