import { cGrammar } from './c.ts'
import { goGrammar } from './go.ts'
import type { LanguageGrammar } from './grammar.ts'
import { javaGrammar } from './java.ts'
import { phpGrammar } from './php.ts'
import { pythonGrammar } from './python.ts'
import { rubyGrammar } from './ruby.ts'
import { rustGrammar } from './rust.ts'
import { scriptGrammars } from './scripts.ts'

export type { LanguageGrammar, SourceImport } from './grammar.ts'

/** Grammars by language. Other languages are indexed as lines. */
export const grammarByLanguage: Readonly<Record<string, LanguageGrammar>> = {
  ...scriptGrammars,
  python: pythonGrammar,
  go: goGrammar,
  java: javaGrammar,
  ruby: rubyGrammar,
  php: phpGrammar,
  rust: rustGrammar,
  c: cGrammar,
  cpp: cGrammar
}
