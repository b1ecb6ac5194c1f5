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
function jsonCost(value: unknown): number {
  return textCost(JSON.stringify(JSON.stringify(value)))
}

/**
 * What a text costs, in thirds of a token, counted high for every script: three ASCII characters a
 * token, and two bytes of UTF-8 a token for all others. So a Japanese character counts 1.5 tokens,
 * and a Cyrillic one 1.
 */
export function textCost(text: string): number {
  let extraCost = 0
  for (let at = 0; at < text.length; at++) {
    const codeUnit = text.charCodeAt(at)
    if (codeUnit > 0x7f) extraCost += codeUnit < 0x800 ? 2 : 3.5
  }
  return text.length + extraCost
}

/** The longest beginning of a text that costs at most `budget`, never half a character. */
export function cutToBudget(text: string, budget: number): string {
  let textPart = text.slice(0, budget)
  for (
    let partCost = jsonCost(textPart);
    partCost > budget && textPart !== '';
    partCost = jsonCost(textPart)
  ) {
    textPart = textPart.slice(
      0,
      Math.min(textPart.length - 1, Math.floor((textPart.length * budget) / partCost))
    )
  }
  return textPart.length < text.length ? textPart.replace(/[\uD800-\uDBFF]$/, '') : textPart
}

/**
 * As many of the items as an answer can hold, from the first on, at least one; their values share
 * what is left, the short ones whole. `value_length` is the length in characters that the value has
 * in the database; it becomes `truncated: true` when not all of it is here.
 */
export function fitItems<T extends { value: string; value_length: number }>(
  items: readonly T[]
): Array<Omit<T, 'value_length'> & { truncated?: true }> {
  const keptItems: T[] = []
  let frameCost = 0
  for (const item of items) {
    frameCost += jsonCost({ ...item, value: '' })
    if (frameCost > FRAME_BUDGET && keptItems.length > 0) break
    keptItems.push(item)
  }
  const valueShare = fairShare(
    keptItems.map(({ value }) => jsonCost(value)),
    FORM_BUDGET - Math.min(frameCost, FRAME_BUDGET * 1.25)
  )
  return keptItems.map(({ value_length: length, ...item }) => {
    const fittedValue =
      jsonCost(item.value) <= valueShare ? item.value : cutToBudget(item.value, valueShare)
    const isWhole =
      fittedValue.length === item.value.length && countCodePoints(fittedValue) >= length
    return { ...item, value: fittedValue, ...(isWhole ? {} : { truncated: true as const }) }
  })
}

/** The limit for each that makes the sum of what is below it and of the limits fit. */
function fairShare(costs: number[], budget: number): number {
  let remainingBudget = budget
  const sortedCosts = costs.toSorted((a, b) => a - b)
  for (const [i, itemCost] of sortedCosts.entries()) {
    const equalShare = remainingBudget / (sortedCosts.length - i)
    if (itemCost > equalShare) return Math.floor(equalShare)
    remainingBudget -= itemCost
  }
  return budget
}

/** As PostgreSQL's length() counts: code points. */
export function countCodePoints(text: string): number {
  let pointCount = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) pointCount++
  return pointCount
}

/** How many tokens a text takes at most: see textCost. */
export function countTokens(text: string): number {
  return textCost(text) / 3
}

/** Above this an answer is shortened, whichever tool gave it: 20,000 tokens. */
const ANSWER_LIMIT = 60_000

/**
 * An answer of whatever tool, short enough for a client: of its longest lists the first entries are
 * kept, at least one of each. `left_out`: how many entries are not there.
 */
export function shortenAnswer<T extends object>(answer: T): { answer: T; left_out: number } {
  let shorterAnswer = answer
  let leftOut = 0
  for (
    let answerCost = jsonCost(shorterAnswer), tries = 0;
    answerCost > ANSWER_LIMIT && tries < 5;
    answerCost = jsonCost(shorterAnswer), tries++
  ) {
    const longLists = Object.entries(shorterAnswer).filter(
      ([, value]) => Array.isArray(value) && value.length > 1
    ) as Array<[string, unknown[]]>
    const [name, list] = longLists.toSorted(([, a], [, b]) => jsonCost(b) - jsonCost(a))[0] ?? []
    if (name === undefined || list === undefined) break
    const keptEntries = listBeginning(list, ANSWER_LIMIT - (answerCost - jsonCost(list)))
    leftOut += list.length - keptEntries.length
    shorterAnswer = { ...shorterAnswer, [name]: keptEntries }
  }
  return { answer: shorterAnswer, left_out: leftOut }
}

function listBeginning(list: unknown[], budget: number): unknown[] {
  let remainingBudget = budget
  const listEnd = list.findIndex((item) => (remainingBudget -= jsonCost(item)) < 0)
  return listEnd === -1 ? list : list.slice(0, Math.max(listEnd, 1))
}
