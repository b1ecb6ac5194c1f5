import type { Node } from '@vscode/tree-sitter-wasm'
import { type Grammar, importOf, literal, named, namedChildren, type Within } from './grammar.ts'

const functions = new Set(['arrow_function', 'function_expression', 'generator_function'])
const topLevel = new Set(['program', 'export_statement', 'internal_module', 'module'])

/** A constant or variable of the module; those of functions and blocks are theirs. */
function variable(node: Node, within: Within) {
  const around = within.at(-2) === 'statement_block' ? within.at(-3) : within.at(-2)
  const name = node.childForFieldName('name')
  if (name?.type !== 'identifier' || !topLevel.has(around ?? '')) return undefined
  const value = node.childForFieldName('value')?.type ?? ''
  return {
    name: name.text,
    kind: functions.has(value) ? 'function' : value === 'class' ? 'class' : 'constant'
  }
}

function field(node: Node) {
  const name = node.childForFieldName('name') ?? node.childForFieldName('property')
  return name && functions.has(node.childForFieldName('value')?.type ?? '')
    ? { name: name.text, kind: 'method' }
    : undefined
}

/** import() and require(). */
function call(node: Node) {
  const name = node.childForFieldName('function')
  if (name?.type !== 'import' && name?.text !== 'require') return []
  return importOf(literal(node.childForFieldName('arguments')?.namedChild(0)))
}

function source(node: Node) {
  const required = namedChildren(node, 'import_require_clause')[0]
  return importOf(literal((required ?? node).childForFieldName('source')))
}

const javascript: Grammar = {
  wasm: 'javascript',
  symbols: {
    function_declaration: named('function'),
    generator_function_declaration: named('function'),
    class_declaration: named('class'),
    method_definition: named('method'),
    field_definition: field,
    variable_declarator: variable
  },
  containers: new Set(['class', 'namespace']),
  imports: { import_statement: source, export_statement: source, call_expression: call }
}

const typescript: Grammar = {
  ...javascript,
  wasm: 'typescript',
  symbols: {
    ...javascript.symbols,
    abstract_class_declaration: named('class'),
    function_signature: named('function'),
    abstract_method_signature: named('method'),
    public_field_definition: field,
    interface_declaration: named('interface'),
    type_alias_declaration: named('type'),
    enum_declaration: named('enum'),
    internal_module: named('namespace'),
    module: named('namespace')
  }
}

export const scripts = { javascript, typescript, tsx: { ...typescript, wasm: 'tsx' } }
