import t from 'tap'
import { countTokens } from '../../../lib/answer-size.ts'
import { type Caller, people } from '../caller.ts'

const findings = async (caller: Caller, area: string): Promise<string[]> =>
  (await caller.call('coding_analyze_patterns', { project_id: 'shop' })).answer.findings
    .filter((finding: { area: string }) => finding.area === area)
    .map(({ finding }: { finding: string }) => finding)

/** Three sessions on a shop, two of them successful, the first long ago. */
async function shop(): Promise<Caller> {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  const ask = (name: string, args: object = {}) => ada!.call(name, { project_id: 'shop', ...args })
  for (const n of [1, 2, 3]) {
    const { session_id: id } = (
      await ask('coding_start_session', { description: `Task number ${n}` })
    ).answer
    for (const path of [
      'src/shopping-cart.ts',
      'src/price-list.ts',
      ...(n === 1 ? [] : ['test/shopping-cart.test.ts']),
      ...(n === 3 ? ['src/view_model.py'] : [])
    ]) {
      await ask('coding_track_file_change', {
        file_path: path,
        action: 'edit',
        reason: `Reason ${n} of ${path}`,
        diff:
          '+import { z } from "zod"\n+import x from "./own.ts"\n' +
          '+const y = require("@acme/log/deep")\n-old'
      })
    }
    await ask('coding_record_decision', {
      decision: `Decision ${n}`,
      rationale: `Because of ${n}`,
      tags: ['money'],
      confidence: n === 1 ? 0.3 : 0.8
    })
    await ask('coding_record_error', {
      error_type: 'RangeError',
      message: `price ${n} out of range`,
      ...(n === 3 && { solution: 'Count in cents.' })
    })
    await ask('coding_end_session', { success: n > 1, summary: `Summary of ${n}` })
    if (n === 1) {
      const then = {
        started_at: new Date(Date.now() - 40 * 86_400_000),
        ended_at: new Date(Date.now() - 40 * 86_400_000 + 3_600_000),
        worked_seconds: 3600
      }
      await db
        .updateTable('coding_sessions')
        .set(then)
        .where('user_id', '=', ada!.user_id)
        .where('session_id', '=', id)
        .execute()
    }
  }
  return ada!
}

t.test('patterns are counts of what was done, with how sure they are', async (t) => {
  const ada = await shop()
  const { answer, text } = await ada.call('coding_analyze_patterns', { project_id: 'shop' })
  t.match(answer, { sufficient: false, changes: 9 })
  t.match(text, /Insufficient data.*9 changes of at least 10/)
  t.same(await findings(ada, 'languages'), [])
  await ada.call('coding_start_session', { project_id: 'shop', description: 'One more' })
  await ada.call('coding_track_file_change', {
    project_id: 'shop',
    file_path: 'src/price-list.ts',
    action: 'edit',
    reason: 'r'
  })
  t.same(await findings(ada, 'languages'), ['TypeScript 75 %, Python 25 %'])
  t.same(await findings(ada, 'libraries'), ['imported in added lines: @acme/log 9, zod 9'])
  t.same(await findings(ada, 'naming'), [
    'files of several words: kebab-case 75 %, snake_case 25 %'
  ])
  t.same(await findings(ada, 'organisation'), ['folders: src 75 %, test 25 %'])
  t.same((await findings(ada, 'changed together'))[0], 'src/price-list.ts and src/shopping-cart.ts')
  t.same(await findings(ada, 'testing'), ['2 of 4 sessions with changes touched tests too'])
  t.match(
    (await findings(ada, 'errors'))[0],
    /^3 errors, 3 solved/,
    'the solution of one reaches those of earlier sessions'
  )
  t.same(await findings(ada, 'comes back'), [
    '3 times RangeError: price 3 out of range. Solved: Count in cents.'
  ])
  t.same(await findings(ada, 'decisions about'), ['money 100 %'])
  t.match(await findings(ada, 'sessions'), ['2 of 3 reached their goal', /^half of them/])
  t.match(
    (await findings(ada, 'trend'))[0],
    /up to the last session: 3 sessions, 10 changes[^;]*; the 30 days before: 1 session/
  )
  for (const { confidence, based_on: count } of (
    await ada.call('coding_analyze_patterns', { project_id: 'shop' })
  ).answer.findings) {
    t.ok(confidence > 0 && confidence <= 1 && count > 0)
  }
})

t.test(
  'the context of a project fits its budget, covers each kind of record and names omissions',
  async (t) => {
    const ada = await shop()
    const ask = async (more: object) =>
      await ada.call('coding_get_project_context', { project_id: 'shop', ...more })
    const whole = (await ask({ max_tokens: 8000 })).answer
    t.equal(whole.left_out, 0)
    t.same(Object.keys(whole.sections), [
      'Where it stands',
      'Decisions',
      'Sessions',
      'Files most worked on',
      'Errors solved'
    ])
    t.match(whole.sections.Decisions, [
      /^Decision 3\. Why: Because of 3\./,
      /^Decision 2/,
      /^Decision 1\..*\(not sure\)/
    ])
    t.match(whole.sections.Sessions[0], /Task number 3\. Goal reached\. Summary of 3/)
    const small = await ask({ max_tokens: 250 })
    t.same(Object.keys(small.answer.sections), Object.keys(whole.sections))
    t.ok(small.answer.left_out > 0 && small.answer.tokens <= 250)
    t.ok(countTokens(small.text) < 330)
    t.match(small.text, /left out: ask with a focus or a larger max_tokens/)
    t.match((await ask({ focus: 'Because of 2' })).answer.sections['About "Because of 2"'], [
      /Decision 2/
    ])
    t.match((await ask({ focus: 'unheard-of' })).answer.sections['About "unheard-of"'], [
      'No record mentions it.'
    ])
    for (const tool of [
      'coding_get_project_context',
      'coding_analyze_patterns',
      'coding_generate_pr_description'
    ]) {
      t.match(
        await ada.refusal(tool, { project_id: 'shopp' }),
        /Nothing is recorded of project "shopp"\. Known projects: "shop"/,
        tool
      )
    }
  }
)

t.test('a pull-request text can be had of any session, with what files have come to', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const ask = async (name: string, args: object = {}) =>
    (await ada!.call(name, { project_id: 'p', ...args })).answer
  const { session_id: first } = await ask('coding_start_session', {
    description: `A goal of many words ${'and more '.repeat(30)}`
  })
  t.match(
    await ada!.refusal('coding_generate_pr_description', { project_id: 'p' }),
    /has no records to describe/
  )
  for (const [path, action] of [
    ['tmp.ts', 'create'],
    ['tmp.ts', 'delete'],
    ['old.ts', 'edit'],
    ['old.ts', 'delete'],
    ['moved.ts', 'rename'],
    ['moved.ts', 'edit'],
    ['pkg/x_test.go', 'edit']
  ]) {
    await ask('coding_track_file_change', { file_path: path, action, reason: `${action} it` })
  }
  await ask('coding_record_error', { error_type: 'E', message: 'still there' })
  await ask('coding_link_github_issue', {
    url: 'https://github.com/acme/app/issues/7',
    state: 'closed',
    title: 'Old one'
  })
  await ask('coding_end_session', { summary: 'All moved.' })
  const { session_id: second } = await ask('coding_start_session', { description: 'Next' })
  const { title, body } = await ask('coding_generate_pr_description', { session_id: first })
  t.ok(title.length <= 73 && title.startsWith('A goal of many words'))
  t.match(
    body,
    new RegExp(
      '^## Summary\\nAll moved\\.\\n\\n## Changes\\n' +
        '- moved\\.ts \\(renamed, 2 times\\): rename it; edit it\\n' +
        '- old\\.ts \\(deleted, 2 times\\)'
    )
  )
  t.match(body, /## Tests\n- pkg\/x_test\.go/)
  t.match(body, /## Still open\n- E: still there/)
  t.match(body, /## Issues\n- acme\/app#7 Old one \(closed\)/)
  t.notMatch(body, /tmp\.ts|Closes/)
  t.match(
    await ada!.refusal('coding_generate_pr_description', { project_id: 'p', session_id: second }),
    /has no records to describe/
  )
  t.match(
    await ada!.refusal('coding_generate_pr_description', {
      project_id: 'p',
      session_id: 'session_x'
    }),
    /no session session_x/
  )
})
