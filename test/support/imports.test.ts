// process: own
import { readdirSync } from 'node:fs'
import t from 'tap'

/** What a helper could change for the whole process. */
const globals = () => ({
  fetch: globalThis.fetch,
  writeOutput: process.stdout.write,
  writeError: process.stderr.write,
  now: Date.now,
  environment: JSON.stringify(process.env),
  collectGarbage: (globalThis as { gc?: unknown }).gc
})

t.test('importing a helper changes nothing global', async (t) => {
  const names = readdirSync(import.meta.dirname).filter((name) => /^[\w-]+\.[jt]s$/.test(name))
  t.ok(names.length > 20, 'the helpers are listed')
  for (const name of names) {
    const before = globals()
    await import(`./${name}`)
    const after = globals()
    for (const key of Object.keys(before) as Array<keyof typeof before>) {
      t.ok(after[key] === before[key], `${name} keeps ${key}`)
    }
  }
})
