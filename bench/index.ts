// npm run bench -- NAME: measures one thing and prints what it found.
import { oauth } from './oauth/index.ts'
import { start } from './start.ts'

const benches: Record<string, () => Promise<void>> = { oauth, start }
const [name = ''] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  await bench()
} else {
  console.error(`Usage: npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
}
