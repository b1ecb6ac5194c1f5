import t from 'tap'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { people } from '../caller.ts'

t.test('a session is started, seen and ended', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const started = await ada!.call('coding_start_session', {
    user_id: 'x',
    project_id: 'api',
    description: 'Fix the login',
    tags: '["auth"]'
  })
  t.match(started.answer, {
    session_id: /^session_[0-9a-f]{12}$/,
    project_id: 'api',
    description: 'Fix the login',
    tags: ['auth'],
    active: true
  })
  const status = await ada!.call('coding_get_current_session_status', { project_id: 'api' })
  t.match(status.answer, {
    active: true,
    session_id: started.answer.session_id,
    description: 'Fix the login',
    counts: { file_changes: 0, errors: 0 }
  })
  t.match(status.text, /Fix the login[^]*## Next/)
  const ended = await ada!.call('coding_end_session', {
    project_id: 'api',
    summary: 'Done, tests are missing',
    success: 'true'
  })
  t.match(ended.answer, {
    session_id: started.answer.session_id,
    active: false,
    success: true,
    summary: 'Done, tests are missing'
  })
  t.ok(ended.answer.ended_at >= started.answer.started_at)
  const after = await ada!.call('coding_get_current_session_status', { project_id: 'api' })
  t.match(
    after.answer,
    {
      active: false,
      project_id: 'api',
      session_id: started.answer.session_id,
      summary: 'Done, tests are missing'
    },
    'how the last one ended'
  )
  t.match(after.text, /no active coding session.*\n.*ended/)
  t.same((await ada!.call('coding_get_current_session_status', { project_id: 'other' })).answer, {
    active: false,
    project_id: 'other'
  })
  t.match(
    await ada!.refusal('coding_end_session', { project_id: 'api' }),
    /No coding session is active.*coding_start_session.*coding_resume_session/
  )
})

t.test('a project has one active session: a second start names it', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const starts = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) =>
      ada!.call('coding_start_session', { project_id: 'p', description: `goal ${i}` })
    )
  )
  t.equal(starts.filter(({ status }) => status === 'fulfilled').length, 1)
  const { session_id: id } = (
    await ada!.call('coding_get_current_session_status', { project_id: 'p' })
  ).answer
  t.match(
    await ada!.refusal('coding_start_session', { project_id: 'p', description: 'another' }),
    new RegExp(`${id}.*coding_end_session`)
  )
  await ada!.call('coding_start_session', { project_id: 'q', description: 'another project' })
  t.equal(
    (await ada!.call('memory_list', { limit: 100 })).answer.memories.length,
    2,
    'of a refused start nothing is left'
  )
})

t.test(
  'an ended session resumes with its records if no other is active; the pause does not count',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const start = (description: string) =>
      ada!
        .call('coding_start_session', { project_id: 'p', description })
        .then(({ answer }) => answer.session_id as string)
    const firstSession = await start('one')
    t.match(
      await ada!.refusal('coding_resume_session', { project_id: 'p', session_id: firstSession }),
      /is active already\. Continue in it/
    )
    await ada!.call('coding_record_decision', { project_id: 'p', decision: 'd', rationale: 'r' })
    await ada!.call('coding_end_session', { project_id: 'p', success: false })
    const worked = {
      started_at: new Date(Date.now() - 7_200_000),
      ended_at: new Date(Date.now() - 3_600_000),
      worked_seconds: 3600
    }
    await db
      .updateTable('coding_sessions')
      .set(worked)
      .where('user_id', '=', ada!.user_id)
      .where('session_id', '=', firstSession)
      .execute()
    const secondSession = await start('two')
    t.match(
      await ada!.refusal('coding_resume_session', { project_id: 'p', session_id: firstSession }),
      new RegExp(`A session is active.*${secondSession}`)
    )
    await ada!.call('coding_end_session', { project_id: 'p' })
    t.match(
      await ada!.refusal('coding_resume_session', { project_id: 'p', session_id: 'session_none' }),
      new RegExp(`no session session_none.*${secondSession} \\("two"\\), ${firstSession}`)
    )
    t.match(
      await ada!.refusal('coding_resume_session', {
        project_id: 'other',
        session_id: firstSession
      }),
      /has no sessions at all/
    )

    const resumes = await Promise.allSettled(
      [firstSession, secondSession, firstSession, secondSession].map((id) =>
        ada!.call('coding_resume_session', { project_id: 'p', session_id: id })
      )
    )
    t.equal(resumes.filter(({ status }) => status === 'fulfilled').length, 1)
    await ada!.call('coding_end_session', { project_id: 'p' })
    await ada!.call('coding_resume_session', { project_id: 'p', session_id: firstSession })
    const { answer, text } = await ada!.call('coding_get_current_session_status', {
      project_id: 'p'
    })
    t.match(answer, { session_id: firstSession, active: true, counts: { decisions: 1 } })
    t.notOk('success' in answer)
    t.ok(
      answer.duration_minutes >= 60 && answer.duration_minutes < 61,
      `${answer.duration_minutes} minutes`
    )
    t.match(text, /1 decision/)
  }
)

t.test(
  'what is recorded at the instant of the end is in the summary, or refused',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const {
      settings,
      callers: [ada]
    } = await people('ada')
    const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    const changed = [
      'coding_track_file_change',
      { project_id: 'p', file_path: 'a.ts', action: 'edit', reason: 'r' }
    ] as const
    /** Starts `second` when `first` has done everything except update the usage. */
    async function beside<A, B>(
      first: () => Promise<A>,
      second: () => Promise<B>
    ): Promise<[A, B]> {
      await operator.query('begin')
      await operator.query('lock table memory_usage in share mode')
      const firstResult = first()
      await untilWaiting(watch)
      const secondResult = second()
      await untilWaiting(watch, 2)
      await operator.query('commit')
      return Promise.all([firstResult, secondResult])
    }
    const end = () => ada!.call('coding_end_session', { project_id: 'p' })
    await ada!.call('coding_start_session', { project_id: 'p', description: 'Goal' })
    const [, { answer }] = await beside(() => ada!.call(...changed), end)
    t.match(answer, { counts: { file_changes: 1 }, summary: /a\.ts/ })
    await ada!.call('coding_start_session', { project_id: 'p', description: 'Goal' })
    t.match(
      (await beside(end, () => ada!.refusal(...changed)))[1],
      /No coding session is active.*coding_start_session.*coding_resume_session/
    )
    await ada!.call('coding_start_session', { project_id: 'p', description: 'Goal' })
    t.match(
      (await beside(end, () => ada!.refusal('coding_end_session', { project_id: 'p' })))[1],
      /No coding session is active/
    )
  }
)
