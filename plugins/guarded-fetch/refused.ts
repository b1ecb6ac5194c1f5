/** What was asked for is not fetched, or could not be; the message says why, `reason` is a slug. */
export class FetchRefusedError extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}
