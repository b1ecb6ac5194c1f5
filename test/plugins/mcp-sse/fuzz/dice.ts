import { random } from '../../../../bench/memory/text.ts'

/** The same choices for the same seed. */
export class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = random(seed)
  }

  /** A whole number from 0 up to, but without, the limit. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** Whether it happens, in so many of a hundred cases. */
  happens(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

const oddTexts: readonly string[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '\u2028',
    '\r\nX-Odd: 1',
    '%',
    '%00'
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', '-0'],
  ...['2026-07-28', '2025-11-25', '1900-01-01', '9999-99-99', 'memory_recall', 'global', '*'],
  ...['日本語', '👩‍👩‍👧‍👦', 'ﷺ', 'İ', 'e\u0301', "'; drop table memories; --", '../../etc/passwd'],
  ...[
    'memory://global/tea',
    'memory://global/%00',
    'memory://%zz/x',
    'ui://x',
    'file:///etc/passwd'
  ],
  ...['=?base64?YQ==?=', '=?base64?YQ?=', '=?base64?/w==?=', '{"a":1}', '[]', '{', '"'],
  ...['x'.repeat(200), 'x'.repeat(70_000), '\ud83d\ude00'.repeat(3000), '9'.repeat(400)]
]

const oddNumbers: readonly number[] = [
  ...[0, -0, 1, -1, 7, 0.5, 1e21, 1e300, -1e300, 5e-324],
  ...[2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 2 ** 63, 2 ** 64]
]

export const oddText = (dice: Dice): string => dice.pick(oddTexts)

/** Any JSON value, seldom a deep or a wide one. */
export function oddValue(dice: Dice, depth = 0): unknown {
  const kind = dice.below(depth > 2 ? 5 : 8)
  if (kind < 2) return oddText(dice)
  if (kind < 3) return dice.pick(oddNumbers)
  if (kind < 5) return dice.pick<unknown>([null, true, false, [], {}, { toString: [] }])
  if (kind < 6) return Array.from({ length: dice.below(4) }, () => oddValue(dice, depth + 1))
  if (dice.happens(2)) return nestedLists(dice.pick([20, 39, 60]))
  if (dice.happens(1)) return Array.from({ length: 21_000 }, (_, index) => index)
  return Object.fromEntries(
    Array.from({ length: dice.below(4) }, () => [
      oddText(dice).slice(0, 300),
      oddValue(dice, depth + 1)
    ])
  )
}

function nestedLists(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

/** The object with members changed, removed, renamed or added; each seldom. */
export function withFaults(
  dice: Dice,
  object: Record<string, unknown>,
  percent: number
): Record<string, unknown> {
  const members = Object.entries(object).flatMap(([name, value]) => {
    if (!dice.happens(percent)) return [[name, value] as const]
    const fault = dice.below(4)
    if (fault === 0) return []
    if (fault === 1) return [[name.toUpperCase(), value] as const]
    return [[name, oddValue(dice)] as const]
  })
  if (dice.happens(percent)) members.push([oddText(dice).slice(0, 300), oddValue(dice)])
  return Object.fromEntries(members)
}

/** The bytes with some changed, removed or repeated. */
export function damaged(dice: Dice, body: Buffer): Buffer {
  const at = dice.below(body.length + 1)
  const [start, rest] = [body.subarray(0, at), body.subarray(at)]
  const fault = dice.below(4)
  if (fault === 0) return start
  if (fault === 1) return Buffer.concat([start, Buffer.from([dice.below(256)]), rest])
  if (fault === 2) return Buffer.concat([start, rest.subarray(1)])
  return Buffer.concat([start, rest, body])
}
