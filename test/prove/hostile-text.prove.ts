import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser } from '../support/browser.ts'
import { consoleRoutes, fillPath } from '../support/console-routes.ts'
import { runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'
import { storeHostileTexts } from '../browser/hostile/store.ts'
import { header, short, SUM, tiny } from '../browser/hostile/texts.ts'
import { addSession, openWindow, watchFaults } from '../browser/window.ts'

const running = await runService(t, { TOOL_HISTORY: 'true' })
const { app, url } = running
const browser = await openBrowser(t)
const user = await running.person('person@example.org', 'admin')
const { page, context } = await openWindow(t, browser, { userAgent: header })
const cookie = await addSession(context, running, user)

/** Elements that no page of the service has, and what a script of the texts would leave. */
const findTraces = `[...document.querySelectorAll('*')].filter((element) =>
  /^(IFRAME|OBJECT|EMBED|BASE|STYLE|IMG)$/.test(element.tagName) ||
  (element.tagName === 'SCRIPT' &&
    !/^\\/(console|passkeys)\\.js/.test(element.getAttribute('src'))) ||
  [...element.attributes].some(({ name, value }) => /^on|^style$|^srcdoc$/.test(name) ||
    (/^(href|action|formaction|src)$/.test(name) &&
      /^\\W*(javascript|vbscript|data:text)/i.test(value)))
).map((element) => element.outerHTML.slice(0, 200)).concat(window.hacked ? ['a script ran'] : [])`

/** Fails unless the page on the screen is free of what the texts would bring. */
async function inspectPage(t: Test, page: Page, path: string): Promise<void> {
  await page.goto(url + path)
  t.same(await page.evaluate(findTraces), [], path)
  const content = await page.content()
  t.notOk(content.includes(SUM), `${path} runs no template`)
}

/** The addresses of pages that show hostile texts, each once; a browser need not open the rest. */
async function findShowing(paths: string[], cookie: string): Promise<string[]> {
  const visitor = new Visitor(url)
  visitor.cookies.set('kagura_session', cookie)
  const showing = new Set<string>()
  for (const path of paths) {
    const answer = await visitor.get(path, { 'user-agent': header })
    const { pathname, search } = new URL(answer.url)
    if (answer.html.includes('hacked=1')) showing.add(pathname + search)
  }
  return [...showing]
}

/** Values of the parameters of URLs: each leads to a page with hostile texts. */
async function readValues(): Promise<Record<string, string>> {
  const memories = app.db.selectFrom('memories').select('memory_id')
  const memory = await memories.orderBy('created_at').executeTakeFirstOrThrow()
  const session = await app.db.selectFrom('coding_sessions').selectAll().executeTakeFirstOrThrow()
  const toolCall = await app.db
    .selectFrom('tool_calls')
    .select('call_no')
    .where('tool', '=', 'memory_search')
    .executeTakeFirstOrThrow()
  const client = await app.db
    .selectFrom('oauth_clients')
    .select('client_id')
    .executeTakeFirstOrThrow()
  const key = await app.db.selectFrom('api_keys').select('key_id').executeTakeFirstOrThrow()
  return {
    memory_id: memory.memory_id,
    version: '1',
    project_id: session.project_id,
    session_id: session.session_id,
    app_id: key.key_id,
    call: String(toolCall.call_no),
    client_id: client.client_id,
    user_id: user.user_id,
    client: 'claude-code',
    import_id: 'none'
  }
}

/** More states of pages: filters, views, and addresses that repeat what they are asked for. */
async function listStates(values: Record<string, string>): Promise<string[]> {
  const text = encodeURIComponent(short)
  const memory = `/memories/${values['memory_id']!}`
  const { memory_id: goneId } = await app.db
    .selectFrom('memory_versions')
    .select('memory_id')
    .where('deleted', '=', true)
    .executeTakeFirstOrThrow()
  const requests = await app.db
    .selectFrom('audit_logs')
    .select('request_id')
    .where('user_agent', '=', header)
    .execute()
  const grant = await app.db
    .selectFrom('oauth_grants')
    .select('client_id')
    .executeTakeFirstOrThrow()
  const stranger = await app.db
    .selectFrom('users')
    .select('user_id')
    .where('user_id', '<>', user.user_id)
    .executeTakeFirstOrThrow()
  return [
    `/memories?q=${text}`,
    `/memories?namespace=${text}&tag=${text}&type=${encodeURIComponent(tiny)}&app=${text}`,
    `/memories?when=${text}`,
    `${memory}?view=raw`,
    `${memory}?view=all`,
    `${memory}/versions/2`,
    `/memories/${goneId}`,
    `/memories/${text}`,
    `/timeline?namespace=${text}`,
    `/timeline?when=${text}`,
    `/graph?node=${encodeURIComponent(`memory:${values['memory_id']!}`)}`,
    `/graph?node=${encodeURIComponent(`topic:${short}`)}`,
    `/memories/briefing?prompt=${text}&project=${text}`,
    `/activity?app=${text}&tool=${text}`,
    `/apps/${values['app_id']!}/undo?last=all`,
    `/apps/revoke?client_id=${encodeURIComponent(grant.client_id)}`,
    `/apps/keys/revoke?key_id=${values['app_id']!}`,
    `/admin/audit?person=${text}&client=${text}&request=${text}&when=${text}`,
    ...new Set(requests.map(({ request_id: id }) => `/admin/audit?request=${id!}`)),
    `/admin/people/${stranger.user_id}`,
    `/device?user_code=${text}`,
    `/login?return_to=${text}`,
    `/setup?token=${text}`,
    `/api/v1/oauth/authorize?client_id=${text}&redirect_uri=${text}&state=${text}`,
    `/${text}?${text}`
  ]
}

t.test('no page runs what apps, people and strangers wrote', async (t) => {
  const consentPath = await storeHostileTexts(t, { running, page, user })
  const values = await readValues()
  const faults = watchFaults(context, url)
  const paths = consoleRoutes(app)
    .filter(({ methods }) => methods.includes('GET'))
    .map(({ path }) => fillPath(path, values))
    .filter((path) => !/^\/(activity\/export|admin\/audit\/csv)/.test(path))
  const states = await listStates(values)
  const showing = await findShowing([...paths, ...states, consentPath], cookie)
  for (const path of showing) await inspectPage(t, page, path)
  t.same(faults, [])
  t.ok(showing.length > 50, `${showing.length} pages show hostile texts`)
})
