import fc, { type IProperty, type IRawProperty } from 'fast-check'

interface Asserting {
  ok: (value: unknown, ...more: [string, { counterexample: string }]) => boolean
}

/**
 * Asserts that the property holds for `numRuns` examples. A failure prints the smallest one found
 * and the seed; TEST_SEED=<seed> runs the same examples again.
 */
export function holds<T>(t: Asserting, property: IProperty<T>, numRuns = 1000): void {
  const details = fc.check(property, settings(numRuns))
  t.ok(!details.failed, `holds for ${details.numRuns} examples`, {
    counterexample: fc.defaultReportMessage(details) ?? ''
  })
}

/** The same for a property that takes its time. */
export async function holdsInTime<T>(
  t: Asserting,
  property: IRawProperty<T>,
  numRuns: number
): Promise<void> {
  const details = await fc.check(property, {
    ...settings(numRuns),
    interruptAfterTimeLimit: 120_000
  })
  t.ok(!details.failed, `holds for ${details.numRuns} examples`, {
    counterexample:
      `${(await fc.asyncDefaultReportMessage(details)) ?? ''}\n` + String(details.errorInstance)
  })
}

function settings(numRuns: number) {
  const seed = process.env['TEST_SEED']
  return { numRuns, ...(seed !== undefined && { seed: Number(seed) }) }
}
