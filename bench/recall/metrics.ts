export interface Answered {
  category: string
  evidence: readonly string[]
  ranked: readonly string[]
}

const names = ['R@5', 'R@10', 'R@20', 'nDCG@10', 'MRR'] as const

/**
 * Means over the questions: the share of the evidence among the first, and how far in front it is.
 */
export function measure(answers: readonly Answered[]): number[] {
  const sums = names.map(() => 0)
  for (const { evidence, ranked } of answers) {
    const expectedIds = new Set(evidence)
    const within = (k: number) =>
      ranked.slice(0, k).filter((id) => expectedIds.has(id)).length / expectedIds.size
    const gain = ranked
      .slice(0, 10)
      .reduce((sum, id, i) => sum + (expectedIds.has(id) ? 1 / Math.log2(i + 2) : 0), 0)
    const ideal = Array.from(
      { length: Math.min(10, expectedIds.size) },
      (_, i) => 1 / Math.log2(i + 2)
    ).reduce((sum, part) => sum + part, 0)
    const first = ranked.findIndex((id) => expectedIds.has(id))
    for (const [i, value] of [
      within(5),
      within(10),
      within(20),
      gain / ideal,
      first < 0 ? 0 : 1 / (first + 1)
    ].entries()) {
      sums[i]! += value
    }
  }
  return sums.map((sum) => sum / answers.length)
}

/** Prints a table: one line for all questions, or with `byCategory` one for each category too. */
export function print(title: string, answers: readonly Answered[], byCategory = false): void {
  const line = (name: string, some: readonly Answered[]) =>
    console.log(
      `${name.padEnd(36)} ${String(some.length).padStart(5)}  ${measure(some)
        .map((value) => value.toFixed(4).padStart(7))
        .join('  ')}`
    )
  if (byCategory) {
    console.log(
      `\n${title.padEnd(36)} ${'n'.padStart(5)}  ` +
        `${names.map((name) => name.padStart(7)).join('  ')}`
    )
    for (const category of [...new Set(answers.map(({ category }) => category))].sort()) {
      line(
        `  ${category}`,
        answers.filter((answer) => answer.category === category)
      )
    }
  }
  line(byCategory ? '  all' : title, answers)
}
