import chardet from 'chardet'
import { decodeAs, findEncoding, markOf, utf8Faults } from './charset.ts'

/** Bytes that are looked at: a language shows itself early. */
const SAMPLE_BYTES = 64 * 1024
/** Encodings of East Asia are told by their byte patterns; chardet is sure of them or not. */
const MULTI_BYTE = new Set(['shift_jis', 'euc-jp', 'gbk', 'big5', 'euc-kr', 'iso-2022-jp'])
const MIN_CONFIDENCE = 50
/** How usual each is where nothing is said, added to what its text looks like. */
const ENCODING_WEIGHTS: ReadonlyArray<[encoding: string, weight: number]> = [
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
const LARGER_ENCODING: Readonly<Record<string, string>> = {
  gb18030: 'gbk',
  'iso-8859-2': 'windows-1250',
  'iso-8859-6': 'windows-1256',
  'iso-8859-7': 'windows-1253',
  'iso-8859-8': 'windows-1255',
  'iso-8859-9': 'windows-1254'
}

/** UTF-16 without a mark: text of mostly ASCII has a zero in every other byte. */
export function unmarkedUtf16(bytes: Buffer): string | undefined {
  const byteSample = bytes.subarray(0, 1024)
  if (byteSample.length < 8) return undefined
  const zeroCounts = [0, 0]
  for (const [i, byte] of byteSample.entries()) if (byte === 0) zeroCounts[i % 2]!++
  const halfLength = byteSample.length / 2
  if (zeroCounts[1]! > halfLength * 0.7 && zeroCounts[0]! < halfLength * 0.1) return 'utf-16le'
  return zeroCounts[0]! > halfLength * 0.7 && zeroCounts[1]! < halfLength * 0.1
    ? 'utf-16be'
    : undefined
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
  const markedEncoding = markOf(bytes) ?? unmarkedUtf16(bytes)
  if (markedEncoding) return markedEncoding
  const textSample = nonAsciiLines(bytes)
  const sampleFaults = utf8Faults(textSample)
  if (!sampleFaults || isDamagedUtf8(sampleFaults)) return 'utf-8'
  const chardetVotes = collectVotes(textSample)
  for (const [encoding, confidence] of chardetVotes) {
    if (!MULTI_BYTE.has(encoding) || confidence < MIN_CONFIDENCE) continue
    if (decodeAs(textSample, encoding) !== undefined) return encoding
  }
  const scoredEncodings = ENCODING_WEIGHTS.map(([encoding, weight]) => {
    const decodedText = decodeAs(textSample, encoding)
    if (decodedText === undefined) return { encoding, score: -Infinity }
    const textScore = MULTI_BYTE.has(encoding)
      ? commonShare(textSample, encoding)
      : textPlausibility(decodedText)
    return { encoding, score: textScore + weight + (chardetVotes.get(encoding) ?? 0) / 200 }
  })
  return scoredEncodings.reduce((best, next) => (next.score > best.score ? next : best)).encoding
}

/** The confidence of chardet in each, from 0 to 100, the surest first. */
function collectVotes(sample: Buffer): Map<string, number> {
  const encodingVotes = new Map<string, number>()
  for (const { name, confidence } of chardet.analyse(sample)) {
    const votedEncoding = findEncoding(name) ?? name
    const largerEncoding = LARGER_ENCODING[votedEncoding] ?? votedEncoding
    if (!encodingVotes.has(largerEncoding)) encodingVotes.set(largerEncoding, confidence)
  }
  return encodingVotes
}

/** Lead bytes of each encoding's everyday characters: kana, Hangul, the first level of Han. */
const COMMON_CHARACTERS: Readonly<Record<string, RegExp>> = {
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
  const latinText = sample.toString('latin1')
  const commonCount = latinText.match(COMMON_CHARACTERS[encoding] ?? /$^/g)?.length ?? 0
  const commonPart = (2 * commonCount) / (latinText.match(/[\x80-\xff]/g)?.length ?? 1)
  return commonPart >= (/jis|jp/.test(encoding) ? 0.4 : 0.9) ? 0.9 : -1
}

/** The lines that say something: those with bytes beyond ASCII, without markup. */
function nonAsciiLines(bytes: Buffer): Buffer {
  const latinText = bytes.toString('latin1', 0, SAMPLE_BYTES * 16).replace(/<[^<>]{0,2000}>/g, ' ')
  const keptLines = latinText
    .split('\n')
    .filter((line) => /[\x80-\xff]|\x1b/.test(line))
    .join('\n')
  return Buffer.from(keptLines.slice(0, SAMPLE_BYTES), 'latin1')
}

const scriptPattern = new RegExp(
  String.raw`(\p{Script=Latin})|(\p{Script=Cyrillic})|(\p{Script=Greek})|` +
    String.raw`(\p{Script=Hebrew})|(\p{Script=Arabic})`,
  'u'
)
const strangePattern = /[\p{Cc}\p{Co}\p{S}\p{No}\p{Po}\p{Lm}]/u

/**
 * What a text looks like, from -1 to 1: letters of one script that follow each other as in words
 * count for it; mixed scripts, capitals inside words, rows of accents and signs in words against.
 */
function textPlausibility(text: string): number {
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
  const wordScripts = new Set([...word].map(scriptIndex).filter((script) => script >= 0))
  if (wordScripts.size !== 1) return -1
  if (/\d/.test(word)) return 0 // 5°C, §3, H₂O
  if (strangePattern.test(word) || /\p{Ll}\p{Lu}/u.test(word)) return -1
  const [script] = wordScripts
  if (script !== 0) return word.length > 1 ? 1 : 0
  return /[^\P{L}a-z]{3}/iu.test(word) ? -1 : /[^\P{L}a-z]{2}/iu.test(word) ? 0 : 0.7
}

function scriptIndex(letter: string): number {
  return scriptPattern.exec(letter)?.slice(1).findIndex(Boolean) ?? -1
}
