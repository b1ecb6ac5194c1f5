import { c } from './c.ts'
import { go } from './go.ts'
import type { Grammar } from './grammar.ts'
import { java } from './java.ts'
import { php } from './php.ts'
import { python } from './python.ts'
import { ruby } from './ruby.ts'
import { rust } from './rust.ts'
import { scripts } from './scripts.ts'

export type { Grammar, Import } from './grammar.ts'

/** By language. */
export const grammars: Readonly<Record<string, Grammar>> = {
  ...scripts,
  python,
  go,
  java,
  ruby,
  php,
  rust,
  c,
  cpp: c
}
