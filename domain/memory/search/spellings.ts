/** A number with separated thousands, or with decimals. */
const numberPattern = new RegExp(
  "(?<![\\p{L}\\p{N}.,'’-])(?:" +
    "\\d{1,3}(?:([ .,'’])\\d{3}(?!\\d))(?:\\1\\d{3}(?!\\d)){0,6}(?:[.,]\\d{1,9})?" +
    '|\\d{1,18}[.,]\\d{1,9})(?![\\p{L}\\p{N}]|[.,]\\d)',
  'gu'
)
/** Digits in groups, like telephone numbers. */
const digitGroups = /(?<![\p{L}\p{N}.,-])\+?\d{2,5}(?:[ /-]\d{2,5}){1,5}(?![\p{L}\p{N}]|[.,-]\d)/gu
const MIN_GROUPED_DIGITS = 7
const MAX_JOINED_LENGTH = 40

/**
 * Normalized spellings of the numbers in a text: 12500 and 12500.5 for 12,500.50 or 12.500,50, and
 * the joined digits of 0170 123 45 67.
 */
export function numberSpellings(text: string): string[] {
  if (!/\d[ .,'’/-]\d/.test(text)) return []
  const foundSpellings = [...text.matchAll(numberPattern)].flatMap(([written]) =>
    possibleValues(written)
  )
  for (const [written] of text.matchAll(digitGroups)) {
    const joinedDigits = written.replace(/\D/g, '')
    if (joinedDigits.length >= MIN_GROUPED_DIGITS) foundSpellings.push(joinedDigits)
  }
  return foundSpellings
}

/**
 * The values that a number may have: 12.500 is twelve and a half in some countries, twelve thousand
 * five hundred in others.
 */
function possibleValues(written: string): string[] {
  const numberValues: string[] = []
  const groupedMatch = /^(\d{1,3}(?:([ .,'’])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?$/.exec(written)
  if (groupedMatch && groupedMatch[2] !== groupedMatch[3]) {
    const [, whole, , , decimals] = groupedMatch
    numberValues.push(...normalizedNumbers(whole!.replace(/\D/g, ''), decimals))
  }
  const simpleMatch = /^(\d+)[.,](\d+)$/.exec(written)
  if (simpleMatch) numberValues.push(...normalizedNumbers(simpleMatch[1]!, simpleMatch[2]))
  return [...new Set(numberValues)]
}

/** The number with and without its decimals. */
function normalizedNumbers(whole: string, decimals = ''): string[] {
  const wholeDigits = whole.replace(/^0+(?=\d)/, '')
  const fractionDigits = withoutTrailingZeros(decimals)
  return fractionDigits ? [`${wholeDigits}.${fractionDigits}`, wholeDigits] : [wholeDigits]
}

/** Joins a lower-case identifier: pol358 for pol-358. */
export function joinedSpelling(part: string): string | undefined {
  const isJoinable =
    part.length <= MAX_JOINED_LENGTH &&
    /^[\p{L}\p{N}\p{M}]+(?:[-_]+[\p{L}\p{N}\p{M}]+)+$/u.test(part)
  return isJoinable ? part.replace(/[-_]+/g, '') : undefined
}

/** Splits letters from digits: pol and 358 for pol358, 10 and km for 10km. */
export function apartSpellings(part: string): string[] {
  const [, letters, digits, count, unit] =
    /^(?:(\p{L}{2,})(\p{N}+)|(\p{N}+)(\p{L}{2,}))$/u.exec(part) ?? []
  return letters ? [letters, digits!] : count ? [count, unit!] : []
}

function withoutTrailingZeros(digits: string): string {
  let endIndex = digits.length
  while (endIndex > 0 && digits[endIndex - 1] === '0') endIndex--
  return digits.slice(0, endIndex)
}
