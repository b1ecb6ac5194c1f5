import { terminal } from '../terminal.ts'

/**
 * Returns a function that prints progress on standard error: in place on a terminal, else in lines
 * of a log. It prints once per `step` finished items; without a log step it prints no log lines.
 */
export function progressReporter(
  step: { terminal: number; log?: number },
  formatProgress: (finished: number) => string
): (finished: number) => void {
  const { stderr } = terminal()
  const isTerminal = stderr.isTTY
  const stepSize = (isTerminal ? step.terminal : step.log) ?? Infinity
  let reportedCount = 0
  return (finished) => {
    if (finished - reportedCount < stepSize) return
    reportedCount = finished
    const progressText = formatProgress(finished)
    stderr.write(isTerminal ? `\r${progressText}` : `${progressText}\n`)
  }
}

/** A reporter for files of JSON Lines: on a terminal only. */
export function lineProgress(): (lineCount: number) => void {
  return progressReporter({ terminal: 500 }, (lineCount) => `${lineCount} lines`)
}
