import { fileURLToPath } from 'node:url'
import treeSitter, { type Language, type Parser, type Tree } from '@vscode/tree-sitter-wasm'
import { type Grammar, grammarByLanguage, type Import } from './grammars/index.ts'

/** Of one file: longer ones, and what takes longer to parse, are read as lines. */
const MAX_CHARACTERS = 524_288
const MAX_MS = 3000
/** Nodes between two looks at the clock. */
const STRIDE = 2000
const MAX_SYMBOLS = 5000
const MAX_IMPORTS = 1000
const LONGEST_NAME = 200
/** Characters of what is imported; longer ones are no file's name. */
const LONGEST_IMPORT = 500
/** Characters of a statement that imports. */
const LONGEST_STATEMENT = 20_000
/** 64 KiB each: what all trees and grammars may take. A file that needs more ends the parser. */
const MEMORY_PAGES = { initial: 512, maximum: 2560 }

export interface CodeSymbol {
  name: string
  kind: string
  first_line: number
  last_line: number
}

export interface SourceOutline {
  symbols: CodeSymbol[]
  imports: Import[]
  /** Names under which other files can import what is here. */
  provides: string[]
}

/** The memory of the parser is used up or broken: this process cannot parse any more. */
export class ParserDiedError extends Error {}

let started: Promise<Parser> | undefined
const loaded = new Map<string, Promise<Language>>()

async function start(): Promise<Parser> {
  const moduleOptions = {
    wasmMemory: new WebAssembly.Memory(MEMORY_PAGES),
    print: () => {},
    printErr: () => {}
  }
  await treeSitter.Parser.init(moduleOptions as unknown as Parameters<typeof Parser.init>[0])
  return new treeSitter.Parser()
}

function load(name: string): Promise<Language> {
  let language = loaded.get(name)
  if (!language) {
    language = treeSitter.Language.load(
      fileURLToPath(import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`))
    )
    loaded.set(name, language)
  }
  return language
}

/**
 * What a file defines and imports; undefined when it has no grammar, is too long, or cannot be
 * parsed in time. Throws ParserDied.
 */
export async function outlineOf(
  text: string,
  language: string
): Promise<SourceOutline | undefined> {
  const grammar = Object.hasOwn(grammarByLanguage, language)
    ? grammarByLanguage[language]
    : undefined
  if (!grammar || text.length > MAX_CHARACTERS) return undefined
  const parser = await (started ??= start())
  const loadedLanguage = await load(grammar.wasm)
  const deadline = performance.now() + MAX_MS
  let tree: Tree | null = null
  try {
    parser.setLanguage(loadedLanguage)
    tree = parser.parse(text, null, { progressCallback: () => performance.now() > deadline })
    if (tree) return walk(tree, grammar, deadline)
    parser.reset()
  } catch (error) {
    throw new ParserDiedError('the parser ended', { cause: error })
  } finally {
    tree?.delete()
  }
}

interface Open {
  name: string
  kind: string
  depth: number
}

/** One way through the whole tree, without recursion: trees can be as deep as a file is long. */
function walk(tree: Tree, grammar: Grammar, deadline: number): SourceOutline | undefined {
  const outline: SourceOutline = { symbols: [], imports: [], provides: [] }
  const within: string[] = []
  const open: Open[] = []
  let namespace = ''
  const cursor = tree.walk()
  try {
    for (let visited = 1; ; visited++) {
      if (visited % STRIDE === 0 && performance.now() > deadline) return undefined
      const type = cursor.nodeType
      if (
        (Object.hasOwn(grammar.imports, type) || type === grammar.namespace?.node) &&
        cursor.endIndex - cursor.startIndex <= LONGEST_STATEMENT
      ) {
        statement(type)
      }
      if (Object.hasOwn(grammar.symbols, type)) visit(type)
      if (cursor.gotoFirstChild()) {
        within.push(type)
        continue
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) {
          return {
            ...outline,
            imports: unique(outline.imports),
            provides: provided(outline.symbols, namespace, grammar)
          }
        }
        within.pop()
      }
      while (open.length > 0 && open.at(-1)!.depth > within.length) open.pop()
    }
  } finally {
    cursor.delete()
  }

  function statement(type: string): void {
    if (type === grammar.namespace?.node) namespace = grammar.namespace.name(cursor.currentNode)
    else if (outline.imports.length < MAX_IMPORTS) {
      outline.imports.push(...grammar.imports[type]!(cursor.currentNode))
    }
  }

  function visit(type: string): void {
    const around = open.at(-1)
    if (outline.symbols.length >= MAX_SYMBOLS || (around && !grammar.containers.has(around.kind))) {
      return
    }
    const node = cursor.currentNode
    const found = grammar.symbols[type]!(node, within)
    if (!found || found.name === '') return
    const name = (around ? `${around.name}.${found.name}` : found.name)
      .replace(/\s+/g, ' ')
      .slice(0, LONGEST_NAME)
    const kind =
      around && found.kind === 'function' && around.kind !== 'module' && around.kind !== 'namespace'
        ? 'method'
        : found.kind
    outline.symbols.push({
      name,
      kind,
      first_line: node.startPosition.row + 1,
      last_line: node.endPosition.row + (node.endPosition.column === 0 ? 0 : 1)
    })
    open.push({ name, kind, depth: within.length + 1 })
  }
}

function provided(
  symbols: CodeSymbol[],
  namespace: string,
  { namespace: rule }: Grammar
): string[] {
  return rule && namespace.length <= LONGEST_IMPORT
    ? symbols
        .filter(({ name }) => !name.includes('.'))
        .map(({ name }) => (namespace ? namespace + rule.separator + name : name))
    : []
}

/** Each once, with all names that are taken of it. */
function unique(imports: Import[]): Import[] {
  const bySpecifier = new Map<string, Set<string> | undefined>()
  for (const { specifier, names } of imports.slice(0, MAX_IMPORTS)) {
    if (specifier.length > LONGEST_IMPORT) continue
    const all = bySpecifier.get(specifier) ?? (names && new Set<string>())
    for (const name of names ?? []) {
      if (name.length <= LONGEST_IMPORT && all!.size < MAX_IMPORTS) all!.add(name)
    }
    bySpecifier.set(specifier, all)
  }
  return [...bySpecifier].map(([specifier, names]) => ({
    specifier,
    ...(names && { names: [...names] })
  }))
}
