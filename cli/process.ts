import { runCommand } from './run.ts'

/** Runs the command with these arguments as this process, and sets its exit code. */
export async function runProcess(args: string[]): Promise<void> {
  // A reader such as head closes the pipe early: that is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    else throw error
  })
  process.exitCode = await runCommand(args)
}
