/**
 * Characters of one form of an answer. It is sent twice, structured and as text, and clients cut what has more than 150,000.
 * Costs are counted as JSON inside JSON: the text of search and fetch is JSON itself.
 */
const FORM_BUDGET = 65_000
/** What everything but the values may take of it. */
const FRAME_BUDGET = 40_000

function cost (value: unknown): number {
  return JSON.stringify(JSON.stringify(value)).length
}

/** The longest beginning of a text that costs at most `budget`, never half a character. */
export function cut (text: string, budget: number): string {
  let part = text.slice(0, budget)
  for (let spent = cost(part); spent > budget && part !== ''; spent = cost(part)) {
    part = part.slice(0, Math.min(part.length - 1, Math.floor(part.length * budget / spent)))
  }
  return part.length < text.length ? part.replace(/[\uD800-\uDBFF]$/, '') : part
}

/**
 * As many of the items as an answer can hold, from the first on, at least one; their values share what is left, the short ones whole.
 * `value_length` is the length in characters that the value has in the database; it becomes `truncated: true` when not all of it is here.
 */
export function fit<T extends { value: string, value_length: number }> (items: readonly T[]): Array<Omit<T, 'value_length'> & { truncated?: true }> {
  const kept: T[] = []
  let frame = 0
  for (const item of items) {
    frame += cost({ ...item, value: '' })
    if (frame > FRAME_BUDGET && kept.length > 0) break
    kept.push(item)
  }
  const share = fairShare(kept.map(({ value }) => cost(value)), FORM_BUDGET - Math.min(frame, FRAME_BUDGET * 1.25))
  return kept.map(({ value_length: length, ...item }) => {
    const value = cost(item.value) <= share ? item.value : cut(item.value, share)
    const whole = value.length === item.value.length && charactersOf(value) >= length
    return { ...item, value, ...(whole ? {} : { truncated: true as const }) }
  })
}

/** The limit for each that makes the sum of what is below it and of the limits fit. */
function fairShare (costs: number[], budget: number): number {
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
export function charactersOf (text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) count++
  return count
}

/** About how many tokens a text takes: four characters each, one in scripts without spaces. */
export function tokensOf (text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af]/g)?.length ?? 0
  return wide + (text.length - wide) / 4
}
