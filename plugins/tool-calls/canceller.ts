/**
 * Lets the caller of a tool end the call. It costs nothing while nobody cancels, unlike a signal of
 * its own beside that of the deadline.
 */
export class Canceller {
  #stop: (() => void) | undefined
  #isCancelled = false

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  /** Ends the call, also one that has not started. */
  cancel(): void {
    this.#isCancelled = true
    this.#stop?.()
  }

  /** Sets what ends the call. */
  onCancel(stop: () => void): void {
    this.#stop = stop
    if (this.#isCancelled) stop()
  }
}
