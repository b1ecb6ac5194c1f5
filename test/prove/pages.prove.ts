import { mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { auditPage } from '../support/page-audit.ts'
import { samples } from '../views/samples/index.ts'
import { viewServer } from '../support/view-server.ts'

const screens = [
  { name: 'desktop', width: 1280, height: 900 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'popup', width: 480, height: 650 },
  { name: 'small phone', width: 360, height: 740 }
]
const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const runAxe = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`

/** The folder for a picture of every page in every state; the test prints its path at the end. */
const pictures = process.env['PAGES_DIR'] ?? join(tmpdir(), 'kagura-pages')

t.test('axe finds nothing on any page, and every page has its picture', async (t) => {
  mkdirSync(pictures, { recursive: true })
  const app = await viewServer()
  t.teardown(() => app.close())
  const base = await app.listen({ port: 0 })
  const browser = await openBrowser(t)
  for (const { name: screen, width, height } of screens) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        bypassCSP: true
      })
      t.teardown(() => context.close())
      const page = await context.newPage()
      for (const sample of Object.keys(samples).filter(
        (sample) => !sample.startsWith('continue')
      )) {
        await page.goto(`${base}/sample/${sample}`)
        t.same(await page.evaluate(auditPage), [], `${sample} on a ${screen}, ${colorScheme}`)
        if (screen === 'small phone') continue
        const path = join(pictures, `${sample}-${screen}-${colorScheme}.png`)
        await page.screenshot({ path, fullPage: !sample.startsWith('consent') })
        if (screen === 'popup') continue
        await page.evaluate(axeSource)
        t.same(await page.evaluate(runAxe), [], `${sample} on a ${screen}, ${colorScheme}`)
      }
    }
  }
  t.comment(`The pictures are in ${pictures}`)
})
