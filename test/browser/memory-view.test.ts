import { createServer } from 'node:http'
import t from 'tap'
import { post, toolsCall } from '../support/mcp-client.ts'
import { postModern } from '../support/modern-client.ts'
import { openBrowser } from '../support/browser.ts'
import { listenOnLoopback } from '../support/port.ts'
import { runService } from '../support/running.ts'

const running = await runService(t)
const { url } = running
const { key } = await running.key(await running.person())
const views = {
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }
}
const evil =
  '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>'

async function send(method: string, params: Record<string, unknown>, capabilities: object) {
  const answer = await postModern(`${url}/mcp`, key, { method, params }, capabilities)
  return ((await answer.json()) as { result: any }).result
}
const viewOf = async (capabilities: object) => {
  const { tools } = await send('tools/list', {}, capabilities)
  return tools.find(({ name }: { name: string }) => name === 'memory_search')._meta?.ui.resourceUri
}

/** Plays the app around the view: it answers ui/initialize and sends the result of the tool. */
const host = (html: string, result: object, theme: string) => `<!doctype html><title>host</title>
<iframe sandbox="allow-scripts" style="width:400px;height:600px;border:0"></iframe><script>
const frame = document.querySelector('iframe')
window.heard = []
window.addEventListener('message', ({ data }) => {
  window.heard.push(data.method)
  const send = (message) => frame.contentWindow.postMessage({ jsonrpc: '2.0', ...message }, '*')
  if (data.method === 'ui/initialize') {
    send({ id: data.id, result: { protocolVersion: '2026-01-26', hostContext: { theme: '${theme}' } } })
  }
  if (data.method === 'ui/notifications/initialized') {
    send({ method: 'ui/notifications/tool-result', params: ${JSON.stringify(result).replaceAll('<', '\\u003c')} })
  }
})
frame.srcdoc = ${JSON.stringify(html).replaceAll('<', '\\u003c')}
</script>`

t.test('an app that shows views gets one, which sets every memory as text', async (t) => {
  t.equal(await viewOf({}), undefined)
  const uri = await viewOf(views)
  t.match(uri, /^ui:\/\//)
  const { contents } = await send('resources/read', { uri }, views)
  t.match(contents, [{ uri, mimeType: 'text/html;profile=mcp-app', _meta: { ui: { csp: {} } } }])
  t.notMatch(contents[0].text, /innerHTML|https?:/)
  await post(
    `${url}/mcp`,
    key,
    toolsCall('memory_store', { key: evil, value: evil, tags: ['tea'] })
  )
  await post(
    `${url}/mcp`,
    key,
    toolsCall('memory_store', { key: 'long', value: 'tea word '.repeat(300) })
  )
  const result = await send('tools/call', { name: 'memory_list', arguments: {} }, views)
  t.match(result.content[0].text, /onerror/, 'the text is complete')
  const server = createServer((request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(host(contents[0].text, result, request.url!.slice(1)))
  )
  const port = await listenOnLoopback(server)
  t.teardown(() => server.close())
  const browser = await openBrowser(t)
  for (const theme of ['light', 'dark']) {
    const page = await browser.newPage()
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(`http://127.0.0.1:${port}/${theme}`)
    const view = page.frameLocator('iframe')
    await view.locator('li').nth(1).waitFor()
    t.equal(await view.locator('.summary').textContent(), '2 memories')
    t.same(await view.locator('h2').allTextContents(), ['long', evil])
    t.equal(await view.locator('img').count(), 0)
    const button = view.locator('button')
    await button.click()
    t.equal(await button.textContent(), 'Show less')
    const [body] = await view.locator('body').all()
    t.equal(
      await body!.evaluate((node) => getComputedStyle(node as never).backgroundColor),
      theme === 'light' ? 'rgb(255, 253, 249)' : 'rgb(33, 27, 24)'
    )
    t.match(await page.evaluate('window.heard.includes("ui/notifications/size-changed")'), true)
    t.equal(requests.length, 1, requests.join())
    await page.close()
  }
})
declare function getComputedStyle(node: never): { backgroundColor: string }
