import chardet from 'chardet'
import { decodeAs, encodingOf, markOf, utf8Faults } from './charset.ts'

/** Bytes that are looked at: a language shows itself early. */
const SAMPLE = 64 * 1024
/** Encodings of East Asia are told by their byte patterns; chardet is sure of them or not. */
const MULTI_BYTE = new Set(['shift_jis', 'euc-jp', 'gbk', 'big5', 'euc-kr', 'iso-2022-jp'])
const SURE = 50
/** How usual each is where nothing is said, added to what its text looks like. */
const USUAL: ReadonlyArray<[encoding: string, weight: number]> = [
  ['windows-1252', 0.3],
  ['windows-1251', 0.15],
  ['windows-1250', 0.1],
  ['koi8-r', 0.05],
  ['windows-1253', 0.05],
  ['windows-1254', 0.08],
  ['windows-1255', 0.05],
  ['windows-1256', 0],
  ['windows-1257', 0],
  ['shift_jis', 0],
  ['euc-jp', 0],
  ['gbk', 0.05],
  ['big5', 0],
  ['euc-kr', 0.1]
]
/** What chardet calls them, by the larger encoding that holds the same letters. */
const LARGER: Readonly<Record<string, string>> = {
  gb18030: 'gbk',
  'iso-8859-2': 'windows-1250',
  'iso-8859-6': 'windows-1256',
  'iso-8859-7': 'windows-1253',
  'iso-8859-8': 'windows-1255',
  'iso-8859-9': 'windows-1254'
}

/** UTF-16 without a mark: text of mostly ASCII has a zero in every other byte. */
export function unmarkedUtf16(bytes: Buffer): string | undefined {
  const sample = bytes.subarray(0, 1024)
  if (sample.length < 8) return undefined
  const zeros = [0, 0]
  for (const [i, byte] of sample.entries()) if (byte === 0) zeros[i % 2]!++
  const half = sample.length / 2
  if (zeros[1]! > half * 0.7 && zeros[0]! < half * 0.1) return 'utf-16le'
  return zeros[0]! > half * 0.7 && zeros[1]! < half * 0.1 ? 'utf-16be' : undefined
}

/** UTF-8 with few broken places, rather than another encoding. */
export function isDamagedUtf8(faults: { faults: number; characters: number }): boolean {
  return faults.characters > 0 && faults.characters >= faults.faults * 2
}

/**
 * The encoding that bytes without any statement are most likely in. Never fails: in doubt it is
 * windows-1252, in which every byte is something.
 */
export function guessEncoding(bytes: Buffer): string {
  const marked = markOf(bytes) ?? unmarkedUtf16(bytes)
  if (marked) return marked
  const sample = beyondAscii(bytes)
  const faults = utf8Faults(sample)
  if (!faults || isDamagedUtf8(faults)) return 'utf-8'
  const votes = votesOf(sample)
  for (const [encoding, confidence] of votes) {
    if (!MULTI_BYTE.has(encoding) || confidence < SURE) continue
    if (decodeAs(sample, encoding) !== undefined) return encoding
  }
  const scored = USUAL.map(([encoding, weight]) => {
    const text = decodeAs(sample, encoding)
    if (text === undefined) return { encoding, score: -Infinity }
    const looks = MULTI_BYTE.has(encoding) ? commonShare(sample, encoding) : plausibility(text)
    return { encoding, score: looks + weight + (votes.get(encoding) ?? 0) / 200 }
  })
  return scored.reduce((best, next) => (next.score > best.score ? next : best)).encoding
}

/** The confidence of chardet in each, from 0 to 100, the surest first. */
function votesOf(sample: Buffer): Map<string, number> {
  const votes = new Map<string, number>()
  for (const { name, confidence } of chardet.analyse(sample)) {
    const encoding = encodingOf(name) ?? name
    const larger = LARGER[encoding] ?? encoding
    if (!votes.has(larger)) votes.set(larger, confidence)
  }
  return votes
}

/** Lead bytes of each encoding's everyday characters: kana, Hangul, the first level of Han. */
const COMMON: Readonly<Record<string, RegExp>> = {
  shift_jis: /[\x82][\x9f-\xf1]|[\x83][\x40-\x96]/g,
  'euc-jp': /[\xa4\xa5][\xa1-\xf6]/g,
  gbk: /[\xb0-\xd7][\xa1-\xfe]/g,
  big5: /[\xa4-\xc6][\x40-\x7e\xa1-\xfe]/g,
  'euc-kr': /[\xb0-\xc8][\xa1-\xfe]/g
}

/**
 * The share of everyday characters in a text of East Asia, from -1 to 0.9; kana need not be many.
 */
function commonShare(sample: Buffer, encoding: string): number {
  const text = sample.toString('latin1')
  const common = text.match(COMMON[encoding] ?? /$^/g)?.length ?? 0
  const share = (2 * common) / (text.match(/[\x80-\xff]/g)?.length ?? 1)
  return share >= (/jis|jp/.test(encoding) ? 0.4 : 0.9) ? 0.9 : -1
}

/** The lines that say something: those with bytes beyond ASCII, without markup. */
function beyondAscii(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1', 0, SAMPLE * 16).replace(/<[^<>]{0,2000}>/g, ' ')
  const lines = text
    .split('\n')
    .filter((line) => /[\x80-\xff]|\x1b/.test(line))
    .join('\n')
  return Buffer.from(lines.slice(0, SAMPLE), 'latin1')
}

const family =
  /(\p{Script=Latin})|(\p{Script=Cyrillic})|(\p{Script=Greek})|(\p{Script=Hebrew})|(\p{Script=Arabic})/u
const strange = /[\p{Cc}\p{Co}\p{S}\p{No}\p{Po}\p{Lm}]/u

/**
 * What a text looks like, from -1 to 1: letters of one script that follow each other as in words
 * count for it; mixed scripts, capitals inside words, rows of accents and signs in words against.
 */
function plausibility(text: string): number {
  let [points, count] = [0, 0]

  if (/[\x80-\x84\x86-\x9f]/.test(text)) return -1
  for (const word of text.split(/[\s\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}.,;:!?"'…¿¡]+/u)) {
    if (!/[^\0-\x7f]/.test(word) || !/\p{L}/u.test(word)) continue
    count++
    points += wordPoints(word)
  }
  return count === 0 ? 0 : points / count
}

function wordPoints(word: string): number {
  const scripts = new Set([...word].map(familyOf).filter((script) => script >= 0))
  if (scripts.size !== 1) return -1
  if (/\d/.test(word)) return 0 // 5°C, §3, H₂O
  if (strange.test(word) || /\p{Ll}\p{Lu}/u.test(word)) return -1
  const [script] = scripts
  if (script !== 0) return word.length > 1 ? 1 : 0
  return /[^\P{L}a-z]{3}/iu.test(word) ? -1 : /[^\P{L}a-z]{2}/iu.test(word) ? 0 : 0.7
}

function familyOf(letter: string): number {
  return family.exec(letter)?.slice(1).findIndex(Boolean) ?? -1
}
