/** Milliseconds of each of so many calls, one after the other; some before them are not counted. */
export async function timed(
  calls: number,
  call: (number: number) => Promise<unknown>,
  warmUp = 0
): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < calls + warmUp; i++) {
    const began = performance.now()
    await call(i)
    if (i >= warmUp) times.push(performance.now() - began)
  }
  return times
}

export function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)]!
}

export function percentiles(times: readonly number[]): string {
  const milliseconds = (share: number) => percentile(times, share).toFixed(1).padStart(7)
  return `p50 ${milliseconds(0.5)} ms  p99 ${milliseconds(0.99)} ms`
}
