import t from 'tap'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { people } from '../caller.ts'

t.test(
  'an issue is linked by its number or its address, once for a session, with what is sent last',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('coding_start_session', { project_id: 'p', description: 'Goal' })
    const link = async (args: object) =>
      (await ada!.call('coding_link_github_issue', { project_id: 'p', ...args })).answer
    t.match(
      await link({
        url: 'https://github.com/acme/app/issues/12#issuecomment-1',
        title: 'Slow start'
      }),
      { issue: 'acme/app#12', title: 'Slow start' }
    )
    await link({
      issue_number: 12,
      repository: 'acme/app',
      title: 'Slow start at night',
      state: 'open',
      labels: ['perf'],
      assignees: ['ada'],
      body: 'x'.repeat(20_000)
    })
    t.match(await link({ issue_number: 3 }), { issue: '#3', title: '' })
    t.equal(
      (await ada!.call('coding_get_current_session_status', { project_id: 'p' })).answer.counts
        .issues,
      2
    )
    const { answer, text } = await ada!.call('coding_get_issue_context', { issue_number: 12 })
    t.match(answer.issue, {
      title: 'Slow start at night',
      state: 'open',
      labels: ['perf'],
      assignees: ['ada'],
      repository: 'acme/app'
    })
    t.equal(answer.issue.body.length, 501, 'the first 500 characters')
    t.match(
      text,
      /^# acme\/app#12 Slow start at night\n- State: open\n- Labels: perf\n- Assignees: ada/
    )
    t.match(
      (await ada!.call('memory_search', { query: 'slow start at night' })).answer.results[0],
      { value: /^Session on p works on issue acme\/app#12: Slow start at night/ }
    )
    t.match(
      await ada!.refusal('coding_link_github_issue', { project_id: 'p' }),
      /Say which issue: issue_number, or url/
    )
    t.match(
      await ada!.refusal('coding_link_github_issue', {
        project_id: 'p',
        issue_number: 1,
        repository: 'acme'
      }),
      /owner\/name/
    )
  }
)

t.test(
  'an issue that is first linked without its repository is one issue once it is known',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('coding_start_session', { project_id: 'new', description: 'Goal' })
    const linkIssue = async (args: object) =>
      (await ada!.call('coding_link_github_issue', { project_id: 'new', ...args })).answer
    t.match(await linkIssue({ issue_number: 8 }), { issue: '#8' })
    t.match(await linkIssue({ issue_number: 8, repository: 'acme/new', title: 'Known now' }), {
      issue: 'acme/new#8'
    })
    await ada!.call('coding_track_file_change', {
      project_id: 'new',
      file_path: 'a.ts',
      action: 'edit',
      reason: 'why'
    })
    const { body } = (await ada!.call('coding_generate_pr_description', { project_id: 'new' }))
      .answer
    t.match(
      body,
      /## Issues\n- acme\/new#8 Known now\n\nCloses acme\/new#8$/,
      'the same issue, once'
    )
    t.equal(
      (await ada!.call('memory_list', { tags: ['new'], limit: 100 })).answer.memories.filter(
        ({ type }: { type: string }) => type === 'coding_issue'
      ).length,
      1
    )
  }
)

t.test(
  'the context of an issue combines every session on it, and what the client says of it',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const project of ['p', 'q']) {
      await ada!.call('coding_start_session', {
        project_id: project,
        description: `Goal in ${project}`
      })
      await ada!.call('coding_link_github_issue', {
        project_id: project,
        issue_number: 5,
        repository: `acme/${project}`,
        title: `Issue of ${project}`
      })
      await ada!.call('coding_record_decision', {
        project_id: project,
        decision: `Decided in ${project}`,
        rationale: 'r'
      })
    }
    const ask = (args: object) =>
      ada!.call('coding_get_issue_context', { issue_number: '5', ...args })
    t.equal(Object.keys((await ask({})).answer.sections).length, 2)
    t.match(
      (await ask({ project_id: 'p' })).text,
      /Issue of p[^]*Goal in p \(active\)[^]*Decided in p/
    )
    t.notMatch((await ask({ repository: 'acme/q' })).text, /Goal in p/)
    t.match(
      (
        await ada!.call('coding_get_issue_context', {
          issue_number: 77,
          title: 'New',
          body: 'Text'
        })
      ).answer,
      { issue: { issue_number: 77, title: 'New', body: 'Text' }, sections: {} }
    )
    t.match(
      await ada!.refusal('coding_get_issue_context', { issue_number: 77 }),
      /Issue #77 is not known here\. Send its title and body/
    )
  }
)

t.test(
  'the repository of an issue becomes known while another call writes the link without it',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const {
      db,
      settings,
      callers: [ada]
    } = await people('ada')
    await ada!.call('coding_start_session', { project_id: 'race', description: 'Goal' })
    await ada!.call('coding_link_github_issue', { project_id: 'race', issue_number: 12 })
    const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    await operator.query('begin')
    await operator.query(
      "select from memories where user_id = $1 and type = 'coding_issue' for update",
      [ada!.user_id]
    )
    const linked = ada!.call('coding_link_github_issue', {
      project_id: 'race',
      issue_number: 12,
      repository: 'acme/app'
    })
    await untilWaiting(watch)
    await operator.query('select from coding_issue_links where user_id = $1 for update', [
      ada!.user_id
    ])
    await operator.query('commit')
    t.match((await linked).answer, { issue: 'acme/app#12' })
    t.same(
      await db
        .selectFrom('coding_issue_links')
        .select('issue_key')
        .where('user_id', '=', ada!.user_id)
        .execute(),
      [{ issue_key: 'acme/app#12' }]
    )
  }
)
