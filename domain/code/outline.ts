import { fileURLToPath } from 'node:url'
import treeSitter, {
  type Language,
  type Parser,
  type Tree,
  type TreeCursor
} from '@vscode/tree-sitter-wasm'
import { grammarByLanguage, type LanguageGrammar, type SourceImport } from './grammars/index.ts'

/** Longer files, and files that take longer to parse, are indexed as lines. */
const MAX_CHARACTERS = 524_288
const MAX_PARSE_MS = 3000
/** Nodes visited between two checks of the deadline. */
const DEADLINE_INTERVAL = 2000
const MAX_SYMBOLS = 5000
const MAX_IMPORTS = 1000
const MAX_NAME_LENGTH = 200
/** Longer specifiers name no file. */
const MAX_SPECIFIER_LENGTH = 500
const MAX_STATEMENT_LENGTH = 20_000
/** All trees and grammars, in pages of 64 KiB. A file that needs more ends the parser. */
const MEMORY_PAGES = { initial: 512, maximum: 2560 }

export interface CodeSymbol {
  name: string
  kind: string
  first_line: number
  last_line: number
}

export interface SourceOutline {
  symbols: CodeSymbol[]
  imports: SourceImport[]
  /** Names by which other files import this file. */
  provides: string[]
}

/** The parser is out of memory or broken. This process cannot parse any more. */
export class ParserDiedError extends Error {
  override readonly name = 'ParserDiedError'
}

let sharedParser: Promise<Parser> | undefined
const languageByName = new Map<string, Promise<Language>>()

async function startParser(): Promise<Parser> {
  const moduleOptions = {
    wasmMemory: new WebAssembly.Memory(MEMORY_PAGES),
    print: () => {},
    printErr: () => {}
  }
  await treeSitter.Parser.init(moduleOptions as unknown as Parameters<typeof Parser.init>[0])
  return new treeSitter.Parser()
}

function loadLanguage(name: string): Promise<Language> {
  let loadedLanguage = languageByName.get(name)
  if (!loadedLanguage) {
    loadedLanguage = treeSitter.Language.load(
      fileURLToPath(import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`))
    )
    languageByName.set(name, loadedLanguage)
  }
  return loadedLanguage
}

/**
 * Finds what a file defines and imports. Returns undefined if its language has no grammar, or if it
 * is too long or takes too long to parse. Throws ParserDiedError.
 */
export async function outlineOf(
  text: string,
  language: string
): Promise<SourceOutline | undefined> {
  const grammar = Object.hasOwn(grammarByLanguage, language)
    ? grammarByLanguage[language]
    : undefined
  if (!grammar || text.length > MAX_CHARACTERS) return undefined
  const parser = await (sharedParser ??= startParser())
  const parserLanguage = await loadLanguage(grammar.wasm)
  const deadline = performance.now() + MAX_PARSE_MS
  let syntaxTree: Tree | null = null
  try {
    parser.setLanguage(parserLanguage)
    syntaxTree = parser.parse(text, null, { progressCallback: () => performance.now() > deadline })
    if (syntaxTree) return new OutlineWalk(syntaxTree, grammar).run(deadline)
    parser.reset()
  } catch (error) {
    throw new ParserDiedError('The parser ended unexpectedly.', { cause: error })
  } finally {
    syntaxTree?.delete()
  }
}

/** A symbol around the current node. `depth`: that of its children. */
interface OpenSymbol {
  name: string
  kind: string
  depth: number
}

/** One pass over a tree, without recursion: a tree can be as deep as its file is long. */
class OutlineWalk {
  readonly #grammar: LanguageGrammar
  readonly #cursor: TreeCursor
  readonly #symbols: CodeSymbol[] = []
  readonly #imports: SourceImport[] = []
  readonly #ancestorTypes: string[] = []
  readonly #openSymbols: OpenSymbol[] = []
  #namespace = ''

  constructor(syntaxTree: Tree, grammar: LanguageGrammar) {
    this.#grammar = grammar
    this.#cursor = syntaxTree.walk()
  }

  /** Returns undefined if the deadline passes. Call it once: it frees the cursor. */
  run(deadline: number): SourceOutline | undefined {
    try {
      for (let visitedCount = 1; ; visitedCount++) {
        if (visitedCount % DEADLINE_INTERVAL === 0 && performance.now() > deadline) return undefined
        this.#visitNode()
        if (!this.#gotoNextNode()) break
      }
    } finally {
      this.#cursor.delete()
    }
    return {
      symbols: this.#symbols,
      imports: mergeImports(this.#imports),
      provides: providedNames(this.#symbols, this.#namespace, this.#grammar)
    }
  }

  #visitNode(): void {
    const type = this.#cursor.nodeType
    const isStatement =
      Object.hasOwn(this.#grammar.imports, type) || type === this.#grammar.namespace?.node
    const statementLength = this.#cursor.endIndex - this.#cursor.startIndex
    if (isStatement && statementLength <= MAX_STATEMENT_LENGTH) this.#addStatement(type)
    if (Object.hasOwn(this.#grammar.symbols, type)) this.#addSymbol(type)
  }

  /** Moves to the next node in the order of the text; false after the last one. */
  #gotoNextNode(): boolean {
    const type = this.#cursor.nodeType
    if (this.#cursor.gotoFirstChild()) {
      this.#ancestorTypes.push(type)
      return true
    }
    while (!this.#cursor.gotoNextSibling()) {
      if (!this.#cursor.gotoParent()) return false
      this.#ancestorTypes.pop()
    }
    while ((this.#openSymbols.at(-1)?.depth ?? 0) > this.#ancestorTypes.length) {
      this.#openSymbols.pop()
    }
    return true
  }

  #addStatement(type: string): void {
    const { namespace, imports } = this.#grammar
    if (type === namespace?.node) this.#namespace = namespace.name(this.#cursor.currentNode)
    else if (this.#imports.length < MAX_IMPORTS) {
      this.#imports.push(...imports[type]!(this.#cursor.currentNode))
    }
  }

  #addSymbol(type: string): void {
    const container = this.#openSymbols.at(-1)
    const isLocal = container && !this.#grammar.containers.has(container.kind)
    if (this.#symbols.length >= MAX_SYMBOLS || isLocal) return
    const node = this.#cursor.currentNode
    const definition = this.#grammar.symbols[type]!(node, this.#ancestorTypes)
    if (!definition || definition.name === '') return
    const name = (container ? `${container.name}.${definition.name}` : definition.name)
      .replace(/\s+/g, ' ')
      .slice(0, MAX_NAME_LENGTH)
    const isMethod =
      container && definition.kind === 'function' && !namespaceKinds.has(container.kind)
    const kind = isMethod ? 'method' : definition.kind
    this.#symbols.push({
      name,
      kind,
      first_line: node.startPosition.row + 1,
      last_line: node.endPosition.row + (node.endPosition.column === 0 ? 0 : 1)
    })
    this.#openSymbols.push({ name, kind, depth: this.#ancestorTypes.length + 1 })
  }
}

/** Containers whose functions are no methods. */
const namespaceKinds: ReadonlySet<string> = new Set(['module', 'namespace'])

function providedNames(
  symbols: CodeSymbol[],
  namespace: string,
  { namespace: namespaceRule }: LanguageGrammar
): string[] {
  if (!namespaceRule || namespace.length > MAX_SPECIFIER_LENGTH) return []
  return symbols
    .filter(({ name }) => !name.includes('.'))
    .map(({ name }) => (namespace ? namespace + namespaceRule.separator + name : name))
}

/** Each specifier once, with all names that the file imports from it. */
function mergeImports(imports: SourceImport[]): SourceImport[] {
  const namesBySpecifier = new Map<string, Set<string> | undefined>()
  for (const { specifier, names } of imports.slice(0, MAX_IMPORTS)) {
    if (specifier.length > MAX_SPECIFIER_LENGTH) continue
    const allNames = namesBySpecifier.get(specifier) ?? (names && new Set<string>())
    for (const name of names ?? []) {
      if (name.length <= MAX_SPECIFIER_LENGTH && allNames!.size < MAX_IMPORTS) allNames!.add(name)
    }
    namesBySpecifier.set(specifier, allNames)
  }
  return [...namesBySpecifier].map(([specifier, names]) => ({
    specifier,
    ...(names && { names: [...names] })
  }))
}
