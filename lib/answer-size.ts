/**
 * Budget of one form of an answer, in thirds of a token: 19,000 tokens. An answer has two forms,
 * structured and text. Claude Code refuses a form of more than 25,000 tokens; other clients cut
 * answers of more than 150,000 characters. Costs count JSON inside JSON, because the text of search
 * and fetch is JSON.
 */
const FORM_BUDGET = 57_000
/** The part of FORM_BUDGET for everything except the values. */
const FRAME_BUDGET = 35_000

/** The cost of a value as JSON inside JSON, in thirds of a token. */
function jsonCost(value: unknown): number {
  return textCost(JSON.stringify(JSON.stringify(value)))
}

/**
 * An upper estimate of the cost of a text, in thirds of a token. A token holds three ASCII
 * characters, or two bytes of UTF-8 beyond ASCII: a Japanese character costs 1.5 tokens, a Cyrillic
 * one 1.
 */
export function textCost(text: string): number {
  let extraCost = 0
  for (let at = 0; at < text.length; at++) {
    const codeUnit = text.charCodeAt(at)
    if (codeUnit > 0x7f) extraCost += codeUnit < 0x800 ? 2 : 3.5
  }
  return text.length + extraCost
}

/** The longest beginning of a text that costs at most `budget`. It never splits a character. */
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
 * The first items that fit into an answer, at least one. Their values share the remaining budget;
 * short values stay whole. `value_length` is the length in the database, in characters. Items whose
 * value is cut get `truncated: true`.
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

/** The highest cost per value at which all values, cut to it, fit into the budget. */
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

/** Counts code points, like PostgreSQL's length(). */
export function countCodePoints(text: string): number {
  let pointCount = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) pointCount++
  return pointCount
}

/** An upper estimate of the tokens of a text; see textCost. */
export function countTokens(text: string): number {
  return textCost(text) / 3
}

/** The limit for the answer of any tool, in thirds of a token: 20,000 tokens. */
const ANSWER_LIMIT = 60_000

/**
 * Shortens an answer to ANSWER_LIMIT by cutting its longest lists, keeping at least one entry of
 * each. `left_out` counts the removed entries.
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
