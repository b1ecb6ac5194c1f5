// The course of one coding task. Each test goes on where the one before it ended.
import t, { type Test } from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const project = 'harbour-api'
const message = "Cannot read properties of undefined (reading 'berth')"
const stack = (root: string, line: number) =>
  `TypeError: ${message}\n    at assign (${root}/src/berths.ts:${line}:17)\n` +
  '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)'
const solution = 'The harbour had no berths yet: load them before the first arrival.'
const otherProject = { project_id: 'ferry-app' }
const { key } = await running.key(await running.person(), 'mcp:coding mcp:memory')
const client = await connectClient(t, running.url, key)
let session: string

/** Calls a tool for the project, and asserts that it does not refuse. */
async function ask(t: Test, name: string, args: Record<string, unknown> = {}) {
  const answer = await call(client, name, { project_id: project, ...args })
  t.notOk(answer.isError, `${name}: ${answer.text}`)
  return answer
}

t.test('a session starts, and links an issue', async (t) => {
  const started = await ask(t, 'coding_start_session', {
    description: 'Assign berths to ships on arrival',
    tags: ['berths']
  })
  session = started.structured.session_id as string
  t.match(started.text, `✅ Coding session started: ${session}`)
  t.match((await ask(t, 'coding_get_current_session_status')).structured.sections.Next, [
    'Record the first change with coding_track_file_change.'
  ])

  await ask(t, 'coding_link_github_issue', {
    issue_number: '42',
    repository: 'acme/harbour-api',
    title: 'Ships wait although berths are free',
    labels: '["bug"]',
    body: 'Seen at **night**.'
  })
})

t.test('changes are recorded', async (t) => {
  await ask(t, 'coding_track_file_change', {
    file_path: 'src/berths.ts',
    action: 'add',
    reason: 'The assignment of berths by length',
    diff: '+++ b/src/berths.ts\n+import { z } from "zod"\n+export function assign () {}',
    line_range: '1,40'
  })
  await ask(t, 'coding_track_file_change', {
    file_path: 'src/arrivals.ts',
    action: 'edit',
    reason: 'Call the assignment when a ship arrives',
    diff: '-old\n+new',
    related_files: '["src/berths.ts"]'
  })
  await ask(t, 'coding_track_file_change', {
    file_path: 'src/berths.ts',
    action: 'modify',
    reason: 'Berths under repair are left out'
  })
  await ask(t, 'coding_track_file_change', {
    file_path: 'test/berths.test.ts',
    action: 'create',
    reason: 'No ship gets a berth that is too short'
  })
})

t.test('an error is recorded, and its solution joins the same record', async (t) => {
  const met = await ask(t, 'coding_record_error', {
    error_type: 'TypeError',
    message,
    stack_trace: stack('/opt/ada/harbour', 31),
    file_path: 'src/berths.ts',
    line_number: '31'
  })
  t.match(met.structured, { resolved: false, session_id: session })
  t.match(
    (await ask(t, 'coding_get_current_session_status')).text,
    /Open errors[^]*berth[^]*Solve 1 open error/
  )
  const solved = await ask(t, 'coding_record_error', {
    error_type: 'TypeError',
    message,
    solution
  })
  t.match(
    solved.structured,
    { error_id: met.structured.error_id, resolved: true, solved: [met.structured.error_id] },
    'the record of before gets the solution'
  )
})

t.test('decisions and exchanges are recorded, and the status counts the records', async (t) => {
  await ask(t, 'coding_record_decision', {
    decision: 'Berths are assigned by the database in one statement',
    rationale: 'Two ships that arrive at once must not get the same berth',
    alternatives: '["A lock in the process, which two nodes would not share"]',
    related_files: ['src/berths.ts'],
    confidence: '0.9'
  })
  await ask(t, 'coding_track_interaction', {
    user_query: 'Why do ships wait at night?',
    ai_response: 'Because the night shift closes two berths.',
    interaction_type: 'discovery'
  })

  const status = await ask(t, 'coding_get_current_session_status')
  t.match(status.structured, {
    active: true,
    session_id: session,
    counts: {
      file_changes: 4,
      files: 3,
      errors: 1,
      resolved: 1,
      decisions: 1,
      interactions: 1,
      issues: 1
    }
  })
  t.match(status.structured.sections['Last changes'][0], /^Created test\/berths\.test\.ts: No ship/)
})

t.test('the end of a session writes a summary from the records', async (t) => {
  const ended = await ask(t, 'coding_end_session', { success: 'true' })
  t.match(
    ended.structured,
    {
      session_id: session,
      active: false,
      success: true,
      summary: new RegExp(
        '^Less than a minute: 4 changes to 3 files, 1 error \\(1 resolved\\), 1 decision, ' +
          '[^]*Decided:[^]*one statement' +
          '[^]*Files:[^]*src/berths\\.ts \\(created, 2 times, \\+2 -0\\)' +
          '[^]*Errors solved:[^]*load them before'
      )
    },
    'a summary from the records'
  )
})

t.test('a resumed session describes its pull request', async (t) => {
  const resumed = await ask(t, 'coding_resume_session', { session_id: session })
  t.match(resumed.structured, { session_id: session, active: true, counts: { file_changes: 4 } })
  await ask(t, 'coding_track_file_change', {
    file_path: 'src/berths.ts',
    action: 'refactor',
    reason: 'Say why a ship waits'
  })

  const pr = (await ask(t, 'coding_generate_pr_description')).structured
  t.equal(pr.title, 'Assign berths to ships on arrival')
  for (const pattern of [
    new RegExp(
      '## Changes\\n- src/berths\\.ts \\(created, 3 times, \\+2 -0\\): ' +
        'The assignment of berths by length; Berths under repair are left out; ' +
        'Say why a ship waits\\n- src/arrivals\\.ts \\(changed, \\+1 -1\\)'
    ),
    new RegExp(
      '## Decisions\\n- \\*\\*Berths are assigned by the database in one statement\\*\\*: ' +
        'Two ships[^\\n]*Rejected: A lock in the process'
    ),
    new RegExp(
      '## Errors met and solved\\n- TypeError: Cannot read[^\\n]*\\(src/berths\\.ts:31\\)\\. ' +
        'Solved: The harbour had no berths yet'
    ),
    /## Tests\n- test\/berths\.test\.ts \(created\): No ship/,
    /Closes acme\/harbour-api#42$/
  ]) {
    t.match(pr.body, pattern)
  }
  await ask(t, 'coding_end_session', {
    summary: 'Done; the night shift is still to be told.',
    success: true
  })
})

t.test('another project finds the solution of the same error', async (t) => {
  await ask(t, 'coding_start_session', { description: 'Another day: departures' })
  await ask(t, 'coding_end_session')
  await ask(t, 'coding_start_session', { ...otherProject, description: 'Another project' })
  for (const query of [
    stack('/srv/build/ferry', 8),
    `Uncaught TypeError: ${message} at C:\\ferry\\src\\x.ts:99:1`,
    'cannot read properties of undefined berth'
  ]) {
    const { structured, text } = await ask(t, 'coding_search_errors', { ...otherProject, query })
    t.match(structured.results[0], {
      solution,
      matched: /^Uncaught|^TypeError/.test(query) ? 'same' : 'similar',
      projects: [project],
      place: 'src/berths.ts:31'
    })
    t.match(
      text,
      /^1 error found\.\n\n1\. (The same|A similar) error\nSolution: The harbour had no berths/,
      'the solution comes first'
    )
  }
  const again = await ask(t, 'coding_record_error', {
    ...otherProject,
    error_type: 'TypeError',
    message,
    stack_trace: stack('/srv/build/ferry', 8)
  })
  t.match(
    again.structured.known_solution,
    /load them before/,
    'it is told as soon as the error is met again'
  )
})

t.test('the context of the project tells each part of the work', async (t) => {
  const context = (await ask(t, 'coding_get_project_context', { focus: 'berth repair' })).text
  for (const pattern of [
    new RegExp(
      '## About "berth repair"\\n' +
        '- Edited src/berths\\.ts in harbour-api: Berths under repair are left out'
    ),
    /No session is active; the last one began on [\d-]{10}: Another day: departures/,
    /2 sessions since/,
    /Files touched: TypeScript 100 %/,
    /## Decisions\n- Berths are assigned by the database in one statement\. Why: Two ships/,
    new RegExp(
      'Assign berths to ships on arrival\\. Goal reached\\. ' +
        'Done; the night shift is still to be told\\.'
    ),
    /Solved: The harbour had no berths yet/,
    /Why do ships wait at night\? → Because the night shift closes two berths\./,
    /acme\/harbour-api#42 Ships wait although berths are free/
  ]) {
    t.match(context, pattern)
  }
  t.match(
    context,
    /- Created src\/berths\.ts in harbour-api: The assignment of berths by length \(/
  )

  t.notMatch(context, /\+\+\+ b\/src/, 'what was done, not the diff')
})

t.test('the issue and the patterns tell of the work', async (t) => {
  const issue = await ask(t, 'coding_get_issue_context', { issue_number: 42 })
  t.match(issue.structured.issue, {
    issue_number: 42,
    repository: 'acme/harbour-api',
    title: 'Ships wait although berths are free',
    labels: ['bug'],
    body: 'Seen at **night**.'
  })
  t.match(issue.text, /Decided: Berths are assigned/)
  t.match(
    (await ask(t, 'coding_analyze_patterns')).text,
    /Insufficient data[^]*errors: 1 error, 1 solved[^]*sessions: 1 of 1 reached their goal/
  )
})

t.test('a refusal says what to do, and the search finds the session', async (t) => {
  const refused = await call(client, 'coding_record_decision', {
    project_id: project,
    decision: 'd',
    rationale: 'r'
  })
  t.ok(
    refused.isError && /No coding session is active[^]*coding_resume_session/.test(refused.text),
    'a refusal says what to do'
  )

  const { results } = (
    await call(client, 'memory_search', { query: 'two ships at once the same berth' })
  ).structured
  t.match(
    results[0],
    { session_id: session, value: /^Decided in harbour-api/ },
    "memory_search finds the session's sequence"
  )
  const { memories } = (await call(client, 'memory_list', { limit: 100 })).structured
  t.ok(memories.some(({ key }: { key: string }) => key === `${session}/summary`))
})
