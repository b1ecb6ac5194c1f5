import { en } from './en/index.ts'
import { ja } from './ja/index.ts'
import type { Language } from '../../lib/language.ts'
import type { Translated } from './translated.ts'

/** Every text of the pages in one language, by area. */
export type Texts = Translated<typeof en>

/** The catalogues. The type makes both have the same texts. */
export const catalogues: Record<Language, Texts> = { en, ja }
