import t from 'tap'
import { people } from '../caller.ts'

t.test('a session is started, seen and ended', async (t) => {
  const { callers: [ada] } = await people('ada')
  const started = await ada!.call('coding_start_session', { user_id: 'x', project_id: 'api', description: 'Fix the login', tags: '["auth"]' })
  t.match(started.answer, { session_id: /^session_[0-9a-f]{12}$/, project_id: 'api', description: 'Fix the login', tags: ['auth'], active: true })
  const status = await ada!.call('coding_get_current_session_status', { project_id: 'api' })
  t.match(status.answer, { active: true, session_id: started.answer.session_id, description: 'Fix the login' })
  t.match(status.text, /Fix the login/)
  const ended = await ada!.call('coding_end_session', { project_id: 'api', summary: 'Done, tests are missing', success: 'true' })
  t.match(ended.answer, { session_id: started.answer.session_id, active: false, success: true, summary: 'Done, tests are missing' })
  t.ok(ended.answer.ended_at >= ended.answer.started_at)
  const after = await ada!.call('coding_get_current_session_status', { project_id: 'api' })
  t.match(after.answer, { active: false, project_id: 'api', last_session: { summary: 'Done, tests are missing' } })
  t.match(after.text, /no active coding session.*\n.*ended/)
  t.same((await ada!.call('coding_get_current_session_status', { project_id: 'other' })).answer, { active: false, project_id: 'other' })
  t.match(await ada!.refusal('coding_end_session', { project_id: 'api' }), /No coding session is active/)
})

t.test('a project has one active session: a second start names it', async (t) => {
  const { callers: [ada] } = await people('ada')
  const starts = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => ada!.call('coding_start_session', { project_id: 'p', description: `goal ${i}` })))
  t.equal(starts.filter(({ status }) => status === 'fulfilled').length, 1)
  const { session_id: id } = (await ada!.call('coding_get_current_session_status', { project_id: 'p' })).answer
  t.match(await ada!.refusal('coding_start_session', { project_id: 'p', description: 'another' }), new RegExp(`${id}.*coding_end_session`))
  await ada!.call('coding_start_session', { project_id: 'q', description: 'another project' })
})
