import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../support/sources.ts'
import { cataloguePage, PAGE } from './page.ts'

t.test('docs/tools.md is what the code says; npm run docs rewrites it', async (t) => {
  t.equal(readFileSync(join(root, PAGE), 'utf8'), cataloguePage())
})
