import t from 'tap'
import { viewGraph } from '../../domain/graph/view.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import type { Page, Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { app } = running
const hostileText = '<script>alert(1)</script>'

/** A person with memories, links and a coding session, and their browser. */
async function owner() {
  const user = await running.person()
  const client = await connectClient(t, running.url, (await running.key(user)).key)
  await call(client, 'memory_store', { key: 'tea', value: `Sencha ${hostileText}` })
  await call(client, 'memory_store', {
    key: 'trip',
    value: 'Kyoto in spring',
    occurred_at: '2026-05-03T22:30:00Z'
  })
  await call(client, 'graph_link', { from: 'tea', to: 'person:Ada', type: 'mentioned_in' })
  await call(client, 'graph_link', { from: 'trip', to: 'person:Ada', type: 'related_to' })
  await call(client, 'coding_start_session', { project_id: 'a/b', description: 'Mend the roof' })
  await call(client, 'coding_record_decision', {
    project_id: 'a/b',
    decision: 'Use slate',
    rationale: hostileText
  })
  await call(client, 'coding_record_error', {
    project_id: 'a/b',
    error_type: 'Leak',
    message: 'It drips'
  })
  return { user, visitor: await running.signedIn(user.email) }
}

function formTo(page: Page, action: string) {
  const form = page.forms.find((candidate) => candidate.action === action)
  if (!form) throw new Error(`No form to ${action}`)
  return form
}

/** The form that ends the first link of a page: each button carries the id of its link. */
function unlinkForm(page: Page) {
  const form = formTo(page, '/graph/unlink')
  const edgeId = /form="unlink" name="edge_id" value="([^"]+)"/.exec(page.html)![1]!
  return { ...form, fields: [...form.fields, ['edge_id', edgeId] as [string, string]] }
}

async function statusOf(visitor: Visitor, path: string): Promise<number> {
  return (await visitor.get(path)).status
}

t.test('the timeline has the days of the person’s zone, and understands time words', async (t) => {
  const { user, visitor } = await owner()
  await app.db
    .updateTable('users')
    .set({ timezone: 'Asia/Tokyo' })
    .where('user_id', '=', user.user_id)
    .execute()
  const may = await visitor.get('/timeline?when=May+2026')
  t.match(may.html, /<h2 class="small"><time[^>]*>4\u00A0May\u00A02026</, 'the 3rd in UTC')
  t.match(may.html, 'Kyoto in spring')
  t.notMatch(may.html, 'Sencha')
  const whole = await visitor.get('/timeline')
  t.match(whole.html, 'Sencha &lt;script&gt;')
  t.notMatch(whole.html, hostileText)
  const refused = await visitor.get('/timeline?when=blursday')
  t.equal(refused.status, 400)
  t.match(refused.html, /id="when-problem"/)
  t.equal(await statusOf(visitor, '/timeline?cursor=%00'), 400)
  t.match((await visitor.get('/timeline?namespace=none')).html, 'Nothing is remembered of that')
})

t.test('the graph shows links, ends one, and takes the end back', async (t) => {
  const { user, visitor } = await owner()
  const page = await visitor.get('/graph')
  t.ok(page.html.match(/<line /g)!.length >= 2)
  const around = await visitor.get('/graph?node=person%3Aada')
  t.match(around.html, 'Around Ada')
  const rowCount = (html: string) => html.match(/<tr>/g)!.length - 1
  t.equal(rowCount(around.html), 2)
  const ended = await visitor.send(unlinkForm(around))
  t.match(ended.html, 'The link has ended.')
  t.equal(rowCount(ended.html), 1)
  const again = await visitor.send(unlinkForm(around))
  t.equal(again.status, 409)
  const undo = formTo(ended, '/graph/relink')
  t.equal(rowCount((await visitor.send(undo)).html), 2)
  const { edges } = await viewGraph(app.console.context((await sessionOf(user.user_id))!), {
    node: 'person:ada',
    depth: 1
  })
  t.ok(edges.every(({ valid_until: until }) => until === null))
  t.equal(await statusOf(visitor, '/graph?node=nobody'), 404)
  t.equal(await statusOf(visitor, '/graph?node=%00&depth=x&type=<'), 200)
})

async function sessionOf(userId: string) {
  const user = await app.db
    .selectFrom('users')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return { ...user, session_hash: '', recently_authenticated: true }
}

t.test('a project shows its sessions and records, and goes after a question', async (t) => {
  const { visitor } = await owner()
  t.match((await visitor.get('/projects')).html, 'href="/projects/a%2Fb"')
  const project = await visitor.get('/projects/a%2Fb')
  t.match(project.html, 'Mend the roof')
  t.match(project.html, 'Use slate')
  t.notMatch(project.html, hostileText)
  const sessionPath = /href="(\/projects\/a%2Fb\/sessions\/[^"]+)"/.exec(project.html)![1]!
  t.match((await visitor.get(sessionPath)).html, 'It drips')
  const question = await visitor.get('/projects/a%2Fb/delete')
  t.match(question.html, '1 session with all records will be deleted permanently.')
  const deleted = await visitor.send(formTo(question, '/projects/a%2Fb/delete'))
  t.match(deleted.html, /Deleted a\/b: 1 session and [3-9] memories\./)
  t.equal(await statusOf(visitor, '/projects/a%2Fb'), 404)
  t.equal(await statusOf(visitor, sessionPath), 404)
  t.match((await visitor.get('/timeline')).html, 'Sencha', 'other memories stay')
})

t.test('nobody reaches the links and projects of another person', async (t) => {
  const { visitor: ownerVisitor, user } = await owner()
  const page = await ownerVisitor.get('/graph')
  const stranger = await running.signedIn((await running.person()).email)
  const csrf = formTo(await stranger.get('/projects'), '/logout').fields
  const foreign = unlinkForm(page).fields.filter(([name]) => name !== 'csrf')
  t.equal((await stranger.post('/graph/unlink', [...csrf, ...foreign])).status, 409)
  const [edgeId] = foreign.find(([name]) => name === 'edge_id')!.slice(1)
  const relink = await stranger.post('/graph/relink', [
    ...csrf,
    ['edge_id', edgeId!],
    ['version', '1']
  ])
  t.equal(relink.status, 409)
  for (const path of ['/projects/a%2Fb', '/projects/a%2Fb/files', '/projects/a%2Fb/delete']) {
    t.equal(await statusOf(stranger, path), 404, path)
  }
  t.equal((await stranger.post('/projects/a%2Fb/delete', csrf)).status, 404)
  t.equal((await ownerVisitor.post('/projects/a%2Fb/delete', {})).status, 403, 'no csrf')
  t.equal(await statusOf(ownerVisitor, '/projects/a%2Fb'), 200)
  await app.db
    .updateTable('users')
    .set({ role: 'read_only' })
    .where('user_id', '=', user.user_id)
    .execute()
  t.notMatch((await ownerVisitor.get('/graph')).html, 'action="/graph/unlink"')
  t.equal((await ownerVisitor.send(unlinkForm(page))).status, 403)
})
