import t from 'tap'
import { insertToolCalls } from '../../db/audit/tool-calls.ts'
import { audited } from '../cli/audited.ts'
import { runService } from '../support/running.ts'

t.test('the button of the activity page deletes the tool calls of this user only', async (t) => {
  const running = await runService(t)
  const { db } = running.app
  const [ada, bob] = [await running.person(), await running.person()]
  const made = ({ user_id }: { user_id: string }) => ({
    user_id,
    tool: 'search',
    groups: ['memory'],
    source: { kind: 'api_key' as const, name: 'k' },
    via: 'rest' as const,
    duration_ms: 1,
    outcome: 'ok' as const,
    arguments: {},
    said: null,
    began: performance.now()
  })
  await insertToolCalls(db, [made(ada), made(ada), made(bob)])
  const users = async () =>
    (await db.selectFrom('tool_calls').select('user_id').execute()).map(({ user_id: id }) => id)
  const [hers, his] = [await running.signedIn(ada.email), await running.signedIn(bob.email)]
  const account = await hers.get('/activity')
  t.match(account.html, /deleted after 30 days/)
  const page = await hers.send(account.forms.find(({ action }) => action === '/activity/forget')!)
  t.match(page.html, /Forget all calls\?/, 'it asks first')
  const form = page.forms.findIndex(({ action }) => action === '/activity/forget')
  t.equal((await his.submit(page, {}, form)).status, 403, 'the form is hers')
  t.equal((await users()).length, 3)
  t.match((await hers.submit(page, {}, form)).html, /2 calls were forgotten/)
  t.same(await users(), [bob.user_id])
  t.match((await hers.submit(page, {}, form)).html, /There was no call to forget/)
  t.match(await audited(db, 'memory.history_cleared'), [
    { user_id: ada.user_id, details: { calls: 2 } },
    { details: { calls: 0 } }
  ])
})
