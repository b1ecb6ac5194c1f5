import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigSchema } from '../plugins/config/schema.ts'
import { readConfig } from '../plugins/config/index.ts'
import { root } from './support/sources.ts'

interface Setting {
  description?: string
  default?: unknown
}

const settings = Object.entries(ConfigSchema.properties as Record<string, Setting>)
const path = join(root, '.env.example')

/** A setting has its default; one without default is commented out. Empty means not set. */
function example(): string {
  const head =
    '# Every setting of Kagura Memory with its default. ' +
    'Copy to .env what you change; all are optional.\n'
  return (
    head +
    settings
      .map(
        ([name, { description, default: fallback }]) =>
          `\n# ${description}\n${fallback === undefined ? `#${name}=` : `${name}=${fallback}`}\n`
      )
      .join('')
  )
}

t.test(
  '.env.example lists every setting with its default and its meaning; UPDATE=1 rewrites it',
  async (t) => {
    if (process.env['UPDATE'] === '1') writeFileSync(path, example())
    const written = existsSync(path) ? readFileSync(path, 'utf8') : ''
    t.equal(written, example(), `.env.example should be:\n${example()}`)
  }
)

t.test('every setting says what it is for', async (t) => {
  for (const [name, { description }] of settings) t.match(description, /^[A-Z].*\.$/s, name)
})

t.test('.env.example, used as it is, gives the defaults', async (t) => {
  const exampleLines = readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)
  t.same(
    readConfig(Object.fromEntries([...exampleLines].map(([, name, value]) => [name, value]))),
    readConfig({})
  )
})
