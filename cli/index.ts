#!/usr/bin/env node
import { runCommand } from './run.ts'

// A reader such as head closes the pipe early: that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  else throw error
})

process.exitCode = await runCommand(process.argv.slice(2))
