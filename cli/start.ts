#!/usr/bin/env node
// The command of the package's own name, for `npx kagura-memory`. Without arguments it runs the
// server; otherwise it is the command `kagura`.
import { runProcess } from './process.ts'

const args = process.argv.slice(2)
await runProcess(args.length === 0 ? ['serve'] : args)
