/** Filled in with the round trips of 2026-07-28. */
export interface InputExchange {
  responses: Record<string, unknown>
  state: string | undefined
}
