/**
 * Scripts that put no spaces between words: their terms are single Han characters and pairs of
 * neighbours.
 */
const spacelessScripts =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const spacelessRuns = new RegExp(`[${spacelessScripts}]+|[^${spacelessScripts}]+`, 'gu')
const startsSpaceless = new RegExp(`^[${spacelessScripts}]`, 'u')
const hanCharacter = /\p{Script=Han}/u

/**
 * A language name like c++, a word or identifier with what joins its parts, or one pictograph. No
 * form can backtrack far.
 */
const chunkPattern =
  /(?<![\p{L}\p{N}])\p{L}(?:\+\+|#)(?![\p{L}\p{N}])|[\p{L}\p{N}][\p{L}\p{N}\p{M}_]*(?:[-./:@\\]+[\p{L}\p{N}\p{M}_]+)*|\p{Extended_Pictographic}/gu
const contractionEndings = /(?<=\p{L})['’](?:s|t|m|d|ll|re|ve)(?![\p{L}\p{N}])/giu

/** й is a letter, not an accented one. */
const combiningAccents = /(?<![\u0418\u0438])\u0306|[\u0300-\u0305\u0307-\u036f]/g
const notAscii = /[^\0-\x7f]/
const specialLetters = /[ßøæœłđþðıØÆŒŁĐÞÐ]/g
const specialSpellings: Record<string, string> = {
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
const katakanaLetters = /[\u30a1-\u30f6\u30fd\u30fe]/g
const KANA_DISTANCE = 0x60

/** Compatibility forms spelled out, accents kept. */
export function normalizeCompatible(text: string): string {
  if (!notAscii.test(text)) return text
  return text
    .normalize('NFKC')
    .slice(0, 100 + MAX_GROWTH * text.length)
    .replace(katakanaLetters, (kana) => String.fromCharCode(kana.charCodeAt(0) - KANA_DISTANCE))
}

/**
 * Compatibility forms and accents folded away; case stays, because it tells the parts of an
 * identifier.
 */
export function foldAccents(text: string): string {
  if (!notAscii.test(text)) return text
  return normalizeCompatible(text)
    .normalize('NFD')
    .replace(combiningAccents, '')
    .normalize('NFC')
    .replace(specialLetters, (letter) => specialSpellings[letter]!)
}

/** The words of a text in order, case kept; text without spaces as its characters and pairs. */
export function wordsOf(text: string): Generator<string> {
  return wordsIn(foldAccents(text))
}

/** The same with their accents, which stemmers need. */
export function accentedWordsOf(text: string): Generator<string> {
  return wordsIn(normalizeCompatible(text))
}

function* wordsIn(text: string): Generator<string> {
  for (const [chunk] of text.replace(contractionEndings, '').matchAll(chunkPattern)) {
    for (const [run] of chunk.matchAll(spacelessRuns)) {
      if (startsSpaceless.test(run)) yield* gramsOf(run)
      else yield run
    }
  }
}

function* gramsOf(run: string): Generator<string> {
  let previousCharacter = ''
  let isAlone = true
  for (const character of run) {
    if (previousCharacter) {
      yield previousCharacter + character
      isAlone = false
    }
    if (hanCharacter.test(character)) yield character
    previousCharacter = character
  }
  if (isAlone && !hanCharacter.test(previousCharacter)) yield previousCharacter
}

/**
 * A word in lower case; an identifier or path whole, by its segments and by its parts:
 * `src/userId.ts` is src/userid.ts, src, userid.ts, userid, user, id and ts.
 */
export function identifierParts(word: string): string[] {
  if (/[+#]$/.test(word)) return [word.toLowerCase()]
  const foundParts: string[] = []
  const wholeWord = trimJoiners(word)
  if (/[-./:@\\]/.test(wholeWord)) foundParts.push(wholeWord)
  for (const pathSegment of word.split(/[/:@\\]+/)) {
    if (/[-.]/.test(pathSegment) && trimJoiners(pathSegment) !== wholeWord)
      foundParts.push(trimJoiners(pathSegment))
    for (const dottedPart of pathSegment.split(/[-.]+/)) {
      if (/[^_]_+[^_]/.test(dottedPart)) foundParts.push(trimJoiners(dottedPart))
      for (const snakePart of dottedPart.split(/_+/).filter(Boolean)) {
        const camelParts = snakePart
          .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
          .split(' ')
        if (camelParts.length > 1) foundParts.push(snakePart)
        for (const camelPart of camelParts) foundParts.push(camelPart)
      }
    }
  }
  return foundParts
    .filter(
      (part) => part !== '' && (part.length <= MAX_IDENTIFIER_LENGTH || !/[-./:@\\_]/.test(part))
    )
    .map((part) =>
      (part.length > MAX_IDENTIFIER_LENGTH ? part.slice(0, MAX_WORD_LENGTH) : part).toLowerCase()
    )
}

function trimJoiners(identifier: string): string {
  return identifier.replace(/^[-./:@\\_]+|(?<![-./:@\\_])[-./:@\\_]+$/g, '') // looked for once in each run, however long
}
