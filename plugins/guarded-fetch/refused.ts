/** The address was refused or could not be fetched. `reason` is a slug; the message explains it. */
export class FetchRefusedError extends Error {
  override name = 'FetchRefusedError'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}
