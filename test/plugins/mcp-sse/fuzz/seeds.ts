/** Which requests to send: each is made from a seed of its own. */
export interface SeedRange {
  first: number
  count: number
}

/** Far beyond every answer, so that a busy machine fails no test. */
export const HANG_MS = 30_000
