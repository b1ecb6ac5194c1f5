/**
 * Scripts without spaces between words. Their terms are single Han characters and pairs of
 * neighbouring characters.
 */
export const spacelessScripts =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}' +
  '\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const spacelessRuns = new RegExp(`[${spacelessScripts}]+|[^${spacelessScripts}]+`, 'gu')
const startsSpaceless = new RegExp(`^[${spacelessScripts}]`, 'u')
const hanCharacter = /\p{Script=Han}/u

/**
 * A language name like c++, a word or identifier with its joining signs, or one pictograph. No
 * branch can backtrack far.
 */
const chunkPattern = new RegExp(
  '(?<![\\p{L}\\p{N}])\\p{L}(?:\\+\\+|#)(?![\\p{L}\\p{N}])' +
    '|[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}_]*(?:[-./:@\\\\]+[\\p{L}\\p{N}\\p{M}_]+)*' +
    '|\\p{Extended_Pictographic}',
  'gu'
)
const contractionEndings = /(?<=\p{L})['’](?:s|t|m|d|ll|re|ve)(?![\p{L}\p{N}])/giu

/** Combining accents. й keeps its own: it is a letter. */
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

/** Longer words are cut. */
const MAX_WORD_LENGTH = 64
const MAX_IDENTIFIER_LENGTH = 100

/** Limits the growth by NFKC: one character like U+FDFA becomes eighteen. */
const MAX_GROWTH = 3

/** Katakana lie this far above hiragana; people write a word in either. */
const katakanaLetters = /[\u30a1-\u30f6\u30fd\u30fe]/g
const KANA_DISTANCE = 0x60

/** Replaces compatibility forms and katakana; keeps accents. */
export function normalizeCompatible(text: string): string {
  if (!notAscii.test(text)) return text
  return text
    .normalize('NFKC')
    .slice(0, 100 + MAX_GROWTH * text.length)
    .replace(katakanaLetters, (kana) => String.fromCharCode(kana.charCodeAt(0) - KANA_DISTANCE))
}

/** Removes compatibility forms and accents. Case stays: it separates the parts of identifiers. */
export function foldAccents(text: string): string {
  if (!notAscii.test(text)) return text
  return normalizeCompatible(text)
    .normalize('NFD')
    .replace(combiningAccents, '')
    .normalize('NFC')
    .replace(specialLetters, (letter) => specialSpellings[letter]!)
}

/**
 * The words of a text in order, case kept, accents removed. Text without spaces gives characters
 * and pairs.
 */
export function wordsOf(text: string): Generator<string> {
  return wordsIn(foldAccents(text))
}

/** Like `wordsOf`, with accents, which stemmers need. */
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
 * The lower-case parts of a word: an identifier or path whole, its segments and their parts.
 * `src/userId.ts` gives src/userid.ts, src, userid.ts, userid, user, id and ts.
 */
export function identifierParts(word: string): string[] {
  if (/[+#]$/.test(word)) return [word.toLowerCase()]
  const foundParts: string[] = []
  const wholeWord = trimJoiners(word)
  if (/[-./:@\\]/.test(wholeWord)) foundParts.push(wholeWord)
  for (const pathSegment of word.split(/[/:@\\]+/)) {
    if (/[-.]/.test(pathSegment) && trimJoiners(pathSegment) !== wholeWord) {
      foundParts.push(trimJoiners(pathSegment))
    }
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
  // The lookbehind tries each run of signs once: time stays linear.
  return identifier.replace(/^[-./:@\\_]+|(?<![-./:@\\_])[-./:@\\_]+$/g, '')
}
