import t from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const project = 'harbour-api'
const message = "Cannot read properties of undefined (reading 'berth')"
const stack = (root: string, line: number) =>
  `TypeError: ${message}\n    at assign (${root}/src/berths.ts:${line}:17)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`

t.test(
  'the story of a task: begun, changed, failed, solved, decided, ended, resumed, and of use to the next one',
  async (t) => {
    const user = await running.person()
    const client = await connectClient(
      t,
      running.url,
      (await running.key(user, 'mcp:coding mcp:memory')).key
    )
    const ask = async (name: string, args: Record<string, unknown> = {}) => {
      const answer = await call(client, name, { project_id: project, ...args })
      t.notOk(answer.isError, `${name}: ${answer.text}`)
      return answer
    }

    const started = await ask('coding_start_session', {
      description: 'Assign berths to ships on arrival',
      tags: ['berths']
    })
    const session = started.structured.session_id as string
    t.match(started.text, `✅ Coding session started: ${session}`)
    t.match((await ask('coding_get_current_session_status')).structured.sections.Next, [
      'Record the first change with coding_track_file_change.'
    ])

    await ask('coding_link_github_issue', {
      issue_number: '42',
      repository: 'acme/harbour-api',
      title: 'Ships wait although berths are free',
      labels: '["bug"]',
      body: 'Seen at **night**.'
    })
    await ask('coding_track_file_change', {
      file_path: 'src/berths.ts',
      action: 'add',
      reason: 'The assignment of berths by length',
      diff: '+++ b/src/berths.ts\n+import { z } from "zod"\n+export function assign () {}',
      line_range: '1,40'
    })
    await ask('coding_track_file_change', {
      file_path: 'src/arrivals.ts',
      action: 'edit',
      reason: 'Call the assignment when a ship arrives',
      diff: '-old\n+new',
      related_files: '["src/berths.ts"]'
    })
    await ask('coding_track_file_change', {
      file_path: 'src/berths.ts',
      action: 'modify',
      reason: 'Berths under repair are left out'
    })
    await ask('coding_track_file_change', {
      file_path: 'test/berths.test.ts',
      action: 'create',
      reason: 'No ship gets a berth that is too short'
    })

    const met = await ask('coding_record_error', {
      error_type: 'TypeError',
      message,
      stack_trace: stack('/opt/ada/harbour', 31),
      file_path: 'src/berths.ts',
      line_number: '31'
    })
    t.match(met.structured, { resolved: false, session_id: session })
    t.match(
      (await ask('coding_get_current_session_status')).text,
      /Open errors[^]*berth[^]*Solve 1 open error/
    )
    const solved = await ask('coding_record_error', {
      error_type: 'TypeError',
      message,
      solution: 'The harbour had no berths yet: load them before the first arrival.'
    })
    t.match(
      solved.structured,
      { error_id: met.structured.error_id, resolved: true, solved: [met.structured.error_id] },
      'the record of before gets the solution'
    )

    await ask('coding_record_decision', {
      decision: 'Berths are assigned by the database in one statement',
      rationale: 'Two ships that arrive at once must not get the same berth',
      alternatives: '["A lock in the process, which two nodes would not share"]',
      related_files: ['src/berths.ts'],
      confidence: '0.9'
    })
    await ask('coding_track_interaction', {
      user_query: 'Why do ships wait at night?',
      ai_response: 'Because the night shift closes two berths.',
      interaction_type: 'discovery'
    })

    const status = await ask('coding_get_current_session_status')
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
    t.match(
      status.structured.sections['Last changes'][0],
      /^Created test\/berths\.test\.ts: No ship/
    )

    const ended = await ask('coding_end_session', { success: 'true' })
    t.match(
      ended.structured,
      {
        session_id: session,
        active: false,
        success: true,
        summary:
          /^Less than a minute: 4 changes to 3 files, 1 error \(1 resolved\), 1 decision, [^]*Decided:[^]*one statement[^]*Files:[^]*src\/berths\.ts \(created, 2 times, \+2 -0\)[^]*Errors solved:[^]*load them before/
      },
      'a summary from the records'
    )

    const resumed = await ask('coding_resume_session', { session_id: session })
    t.match(resumed.structured, { session_id: session, active: true, counts: { file_changes: 4 } })
    await ask('coding_track_file_change', {
      file_path: 'src/berths.ts',
      action: 'refactor',
      reason: 'Say why a ship waits'
    })

    const pr = (await ask('coding_generate_pr_description')).structured
    t.equal(pr.title, 'Assign berths to ships on arrival')
    for (const told of [
      /## Changes\n- src\/berths\.ts \(created, 3 times, \+2 -0\): The assignment of berths by length; Berths under repair are left out; Say why a ship waits\n- src\/arrivals\.ts \(changed, \+1 -1\)/,
      /## Decisions\n- \*\*Berths are assigned by the database in one statement\*\*: Two ships[^\n]*Rejected: A lock in the process/,
      /## Errors met and solved\n- TypeError: Cannot read[^\n]*\(src\/berths\.ts:31\)\. Solved: The harbour had no berths yet/,
      /## Tests\n- test\/berths\.test\.ts \(created\): No ship/,
      /Closes acme\/harbour-api#42$/
    ]) {
      t.match(pr.body, told)
    }
    await ask('coding_end_session', {
      summary: 'Done; the night shift is still to be told.',
      success: true
    })

    await ask('coding_start_session', { description: 'Another day: departures' })
    await ask('coding_end_session')
    const other = { project_id: 'ferry-app' }
    await ask('coding_start_session', { ...other, description: 'Another project' })
    for (const query of [
      stack('/srv/build/ferry', 8),
      `Uncaught TypeError: ${message} at C:\\ferry\\src\\x.ts:99:1`,
      'cannot read properties of undefined berth'
    ]) {
      const { structured, text } = await ask('coding_search_errors', { ...other, query })
      t.match(structured.results[0], {
        solution: 'The harbour had no berths yet: load them before the first arrival.',
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
    const again = await ask('coding_record_error', {
      ...other,
      error_type: 'TypeError',
      message,
      stack_trace: stack('/srv/build/ferry', 8)
    })
    t.match(
      again.structured.known_solution,
      /load them before/,
      'it is told as soon as the error is met again'
    )

    const context = (await ask('coding_get_project_context', { focus: 'berth repair' })).text
    for (const told of [
      /## About "berth repair"\n- Edited src\/berths\.ts in harbour-api: Berths under repair are left out/,
      /No session is active; the last one began on [\d-]{10}: Another day: departures/,
      /2 sessions since/,
      /Files touched: TypeScript 100 %/,
      /## Decisions\n- Berths are assigned by the database in one statement\. Why: Two ships/,
      /Assign berths to ships on arrival\. Goal reached\. Done; the night shift is still to be told\./,
      /Solved: The harbour had no berths yet/,
      /Why do ships wait at night\? → Because the night shift closes two berths\./,
      /acme\/harbour-api#42 Ships wait although berths are free/
    ]) {
      t.match(context, told)
    }
    t.match(
      context,
      /- Created src\/berths\.ts in harbour-api: The assignment of berths by length \(/
    )
    t.notMatch(context, /\+\+\+ b\/src/, 'what was done, not the diff')
    const issue = await ask('coding_get_issue_context', { issue_number: 42 })
    t.match(issue.structured.issue, {
      issue_number: 42,
      repository: 'acme/harbour-api',
      title: 'Ships wait although berths are free',
      labels: ['bug'],
      body: 'Seen at **night**.'
    })
    t.match(issue.text, /Decided: Berths are assigned/)
    t.match(
      (await ask('coding_analyze_patterns')).text,
      /Insufficient data[^]*errors: 1 error, 1 solved[^]*sessions: 1 of 1 reached their goal/
    )

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
  }
)
