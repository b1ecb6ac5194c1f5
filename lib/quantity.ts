/** A count with its noun: "1 memory", "2 memories". The plural adds an s when none is passed. */
export function quantity(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}
