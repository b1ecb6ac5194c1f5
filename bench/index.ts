// npm run bench -- NAME: measures one thing and prints what it found.
import { briefing } from './briefing/index.ts'
import { calls } from './calls/index.ts'
import { code } from './code/index.ts'
import { fresh } from './fresh/index.ts'
import { machinery } from './machinery/index.ts'
import { memory } from './memory/index.ts'
import { oauth } from './oauth/index.ts'
import { recall } from './recall/index.ts'
import { start } from './start.ts'

const benches: Record<string, (args: string[]) => Promise<void>> = {
  start,
  calls,
  recall,
  briefing,
  memory,
  fresh,
  oauth,
  machinery,
  code
}
const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  await bench(args)
} else {
  console.error(
    `Usage: npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}`
  )
  process.exitCode = 2
}
