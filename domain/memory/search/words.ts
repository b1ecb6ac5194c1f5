/**
 * Scripts that put no spaces between words: their terms are single Han characters and pairs of
 * neighbours.
 */
const spaceless =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const spacelessRuns = new RegExp(`[${spaceless}]+|[^${spaceless}]+`, 'gu')
const startsSpaceless = new RegExp(`^[${spaceless}]`, 'u')
const han = /\p{Script=Han}/u

/**
 * A language name like c++, a word or identifier with what joins its parts, or one pictograph. No
 * form can backtrack far.
 */
const chunks =
  /(?<![\p{L}\p{N}])\p{L}(?:\+\+|#)(?![\p{L}\p{N}])|[\p{L}\p{N}][\p{L}\p{N}\p{M}_]*(?:[-./:@\\]+[\p{L}\p{N}\p{M}_]+)*|\p{Extended_Pictographic}/gu
const contractions = /(?<=\p{L})['’](?:s|t|m|d|ll|re|ve)(?![\p{L}\p{N}])/giu

/** й is a letter, not an accented one. */
const accents = /(?<![\u0418\u0438])\u0306|[\u0300-\u0305\u0307-\u036f]/g
const notAscii = /[^\0-\x7f]/
const unaccentable = /[ßøæœłđþðıØÆŒŁĐÞÐ]/g
const plain: Record<string, string> = {
  ß: 'ss',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  þ: 'th',
  ð: 'd',
  ı: 'i',
  Ø: 'O',
  Æ: 'AE',
  Œ: 'OE',
  Ł: 'L',
  Đ: 'D',
  Þ: 'TH',
  Ð: 'D'
}

/** A longer word is known by its beginning. */
const MAX_WORD_LENGTH = 64
const MAX_IDENTIFIER_LENGTH = 100

/**
 * How much longer a text may become when its compatibility forms are spelled out: a character like
 * U+FDFA is eighteen then.
 */
const MAX_GROWTH = 3

/** Katakana are the hiragana this far below them; people write a word in either. */
const katakana = /[\u30a1-\u30f6\u30fd\u30fe]/g
const KANA_DISTANCE = 0x60

/** Compatibility forms spelled out, accents kept. */
export function compatible(text: string): string {
  if (!notAscii.test(text)) return text
  return text
    .normalize('NFKC')
    .slice(0, 100 + MAX_GROWTH * text.length)
    .replace(katakana, (kana) => String.fromCharCode(kana.charCodeAt(0) - KANA_DISTANCE))
}

/**
 * Compatibility forms and accents folded away; case stays, because it tells the parts of an
 * identifier.
 */
export function fold(text: string): string {
  if (!notAscii.test(text)) return text
  return compatible(text)
    .normalize('NFD')
    .replace(accents, '')
    .normalize('NFC')
    .replace(unaccentable, (letter) => plain[letter]!)
}

/** The words of a text in order, case kept; text without spaces as its characters and pairs. */
export function wordsOf(text: string): Generator<string> {
  return wordsIn(fold(text))
}

/** The same with their accents, which stemmers need. */
export function accentedWordsOf(text: string): Generator<string> {
  return wordsIn(compatible(text))
}

function* wordsIn(text: string): Generator<string> {
  for (const [chunk] of text.replace(contractions, '').matchAll(chunks)) {
    for (const [run] of chunk.matchAll(spacelessRuns)) {
      if (startsSpaceless.test(run)) yield* gramsOf(run)
      else yield run
    }
  }
}

function* gramsOf(run: string): Generator<string> {
  let previous = ''
  let alone = true
  for (const character of run) {
    if (previous) {
      yield previous + character
      alone = false
    }
    if (han.test(character)) yield character
    previous = character
  }
  if (alone && !han.test(previous)) yield previous
}

/**
 * A word in lower case; an identifier or path whole, by its segments and by its parts:
 * `src/userId.ts` is src/userid.ts, src, userid.ts, userid, user, id and ts.
 */
export function partsOf(word: string): string[] {
  if (/[+#]$/.test(word)) return [word.toLowerCase()]
  const parts: string[] = []
  const whole = trimmed(word)
  if (/[-./:@\\]/.test(whole)) parts.push(whole)
  for (const segment of word.split(/[/:@\\]+/)) {
    if (/[-.]/.test(segment) && trimmed(segment) !== whole) parts.push(trimmed(segment))
    for (const name of segment.split(/[-.]+/)) {
      if (/[^_]_+[^_]/.test(name)) parts.push(trimmed(name))
      for (const piece of name.split(/_+/).filter(Boolean)) {
        const humps = piece
          .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
          .split(' ')
        if (humps.length > 1) parts.push(piece)
        for (const hump of humps) parts.push(hump)
      }
    }
  }
  return parts
    .filter(
      (part) => part !== '' && (part.length <= MAX_IDENTIFIER_LENGTH || !/[-./:@\\_]/.test(part))
    )
    .map((part) =>
      (part.length > MAX_IDENTIFIER_LENGTH ? part.slice(0, MAX_WORD_LENGTH) : part).toLowerCase()
    )
}

function trimmed(identifier: string): string {
  return identifier.replace(/^[-./:@\\_]+|(?<![-./:@\\_])[-./:@\\_]+$/g, '') // looked for once in each run, however long
}
