import { createServer } from 'node:http'
import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { listenOnLoopback } from '../support/port.ts'

t.test('a real browser shows a page and runs its script', async (t) => {
  const server = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end('<p>one</p><script>document.title = "scripted"</script>')
  )
  const port = await listenOnLoopback(server)
  t.teardown(() => server.close())
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  t.equal(await page.textContent('p'), 'one')
  t.equal(await page.title(), 'scripted')
})
