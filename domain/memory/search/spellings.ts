/** A number whose thousands stand apart, with or without decimals; and one with decimals. */
const numbers =
  /(?<![\p{L}\p{N}.,'’-])(?:\d{1,3}(?:([ .,'’])\d{3}(?!\d))(?:\1\d{3}(?!\d)){0,6}(?:[.,]\d{1,9})?|\d{1,18}[.,]\d{1,9})(?![\p{L}\p{N}]|[.,]\d)/gu
/** Digits in groups, as in telephone numbers. */
const digitGroups = /(?<![\p{L}\p{N}.,-])\+?\d{2,5}(?:[ /-]\d{2,5}){1,5}(?![\p{L}\p{N}]|[.,-]\d)/gu
const MIN_GROUPED = 7
const MAX_JOINED = 40

/**
 * Other ways to write the numbers of a text: 12500 and 12500.5 for 12,500.50 or 12.500,50, the
 * digits of 0170 123 45 67.
 */
export function numberSpellings(text: string): string[] {
  if (!/\d[ .,'’/-]\d/.test(text)) return []
  const spellings = [...text.matchAll(numbers)].flatMap(([written]) => valuesOf(written))
  for (const [written] of text.matchAll(digitGroups)) {
    const digits = written.replace(/\D/g, '')
    if (digits.length >= MIN_GROUPED) spellings.push(digits)
  }
  return spellings
}

/**
 * What a number may mean: 12.500 is twelve and a half to some, twelve thousand five hundred to
 * others.
 */
function valuesOf(written: string): string[] {
  const values: string[] = []
  const grouped = /^(\d{1,3}(?:([ .,'’])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?$/.exec(written)
  if (grouped && grouped[2] !== grouped[3]) {
    const [, whole, , , decimals] = grouped
    values.push(...plainNumber(whole!.replace(/\D/g, ''), decimals))
  }
  const simple = /^(\d+)[.,](\d+)$/.exec(written)
  if (simple) values.push(...plainNumber(simple[1]!, simple[2]))
  return [...new Set(values)]
}

/** With its decimals, and without. */
function plainNumber(whole: string, decimals = ''): string[] {
  const integer = whole.replace(/^0+(?=\d)/, '')
  const fraction = withoutTrailingZeros(decimals)
  return fraction ? [`${integer}.${fraction}`, integer] : [integer]
}

/** An identifier in lower case as one word: pol358 for pol-358. */
export function joinedSpelling(part: string): string | undefined {
  const joins =
    part.length <= MAX_JOINED && /^[\p{L}\p{N}\p{M}]+(?:[-_]+[\p{L}\p{N}\p{M}]+)+$/u.test(part)
  return joins ? part.replace(/[-_]+/g, '') : undefined
}

/** Letters and digits written as one word, apart: pol and 358 for pol358, 10 and km for 10km. */
export function apartSpellings(part: string): string[] {
  const [, letters, digits, count, unit] =
    /^(?:(\p{L}{2,})(\p{N}+)|(\p{N}+)(\p{L}{2,}))$/u.exec(part) ?? []
  return letters ? [letters, digits!] : count ? [count, unit!] : []
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end--
  return digits.slice(0, end)
}
