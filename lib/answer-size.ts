/**
 * What one form of an answer may cost: 19,000 tokens. It is sent twice, structured and as text;
 * clients refuse a form of more than 25,000 tokens (Claude Code), and cut what has more than
 * 150,000 characters in both. Costs are counted as JSON inside JSON: the text of search and fetch
 * is JSON itself.
 */
const FORM_BUDGET = 57_000
/** What everything but the values may take of it. */
const FRAME_BUDGET = 35_000

/** The cost of a value as it is sent, in thirds of a token. */
function cost(value: unknown): number {
  return textCost(JSON.stringify(JSON.stringify(value)))
}

/**
 * What a text costs, in thirds of a token, counted high for every script: three ASCII characters a
 * token, and two bytes of UTF-8 a token for all others. So a Japanese character counts 1.5 tokens,
 * and a Cyrillic one 1.
 */
export function textCost(text: string): number {
  let others = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) others += unit < 0x800 ? 2 : 3.5
  }
  return text.length + others
}

/** The longest beginning of a text that costs at most `budget`, never half a character. */
export function cut(text: string, budget: number): string {
  let part = text.slice(0, budget)
  for (let spent = cost(part); spent > budget && part !== ''; spent = cost(part)) {
    part = part.slice(0, Math.min(part.length - 1, Math.floor((part.length * budget) / spent)))
  }
  return part.length < text.length ? part.replace(/[\uD800-\uDBFF]$/, '') : part
}

/**
 * As many of the items as an answer can hold, from the first on, at least one; their values share
 * what is left, the short ones whole. `value_length` is the length in characters that the value has
 * in the database; it becomes `truncated: true` when not all of it is here.
 */
export function fit<T extends { value: string; value_length: number }>(
  items: readonly T[]
): Array<Omit<T, 'value_length'> & { truncated?: true }> {
  const kept: T[] = []
  let frame = 0
  for (const item of items) {
    frame += cost({ ...item, value: '' })
    if (frame > FRAME_BUDGET && kept.length > 0) break
    kept.push(item)
  }
  const share = fairShare(
    kept.map(({ value }) => cost(value)),
    FORM_BUDGET - Math.min(frame, FRAME_BUDGET * 1.25)
  )
  return kept.map(({ value_length: length, ...item }) => {
    const value = cost(item.value) <= share ? item.value : cut(item.value, share)
    const whole = value.length === item.value.length && charactersOf(value) >= length
    return { ...item, value, ...(whole ? {} : { truncated: true as const }) }
  })
}

/** The limit for each that makes the sum of what is below it and of the limits fit. */
function fairShare(costs: number[], budget: number): number {
  let left = budget
  const sorted = costs.toSorted((a, b) => a - b)
  for (const [i, spent] of sorted.entries()) {
    const share = left / (sorted.length - i)
    if (spent > share) return Math.floor(share)
    left -= spent
  }
  return budget
}

/** As PostgreSQL's length() counts: code points. */
export function charactersOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) count++
  return count
}

/** How many tokens a text takes at most: see textCost. */
export function tokensOf(text: string): number {
  return textCost(text) / 3
}

/** Above this an answer is shortened, whichever tool gave it: 20,000 tokens. */
const ANSWER_LIMIT = 60_000

/**
 * An answer of whatever tool, short enough for a client: of its longest lists the first entries are
 * kept, at least one of each. `left_out`: how many entries are not there.
 */
export function shortened<T extends object>(answer: T): { answer: T; left_out: number } {
  let short = answer
  let leftOut = 0
  for (
    let spent = cost(short), tries = 0;
    spent > ANSWER_LIMIT && tries < 5;
    spent = cost(short), tries++
  ) {
    const lists = Object.entries(short).filter(
      ([, value]) => Array.isArray(value) && value.length > 1
    ) as Array<[string, unknown[]]>
    const [name, list] = lists.toSorted(([, a], [, b]) => cost(b) - cost(a))[0] ?? []
    if (name === undefined || list === undefined) break
    const kept = beginningOf(list, ANSWER_LIMIT - (spent - cost(list)))
    leftOut += list.length - kept.length
    short = { ...short, [name]: kept }
  }
  return { answer: short, left_out: leftOut }
}

function beginningOf(list: unknown[], budget: number): unknown[] {
  let left = budget
  const end = list.findIndex((item) => (left -= cost(item)) < 0)
  return end === -1 ? list : list.slice(0, Math.max(end, 1))
}
