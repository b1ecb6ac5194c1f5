import t from 'tap'
import { recountMemoryUsage } from '../../../db/memory/usage.ts'
import { purgeMemories } from '../../../db/memory/expiry.ts'
import { deleteLostRecords } from '../../../domain/coding/lost-records.ts'
import { type Caller, people } from '../caller.ts'

const project = 'p'
const started = async (name: string): Promise<Caller> => {
  const {
    callers: [caller]
  } = await people(name)
  await caller!.call('coding_start_session', { project_id: project, description: 'Goal' })
  return caller!
}
const change = (caller: Caller, more: object = {}) =>
  caller.call('coding_track_file_change', {
    project_id: project,
    file_path: 'src/a.ts',
    action: 'edit',
    reason: 'why',
    ...more
  })

t.test(
  'a change counts its lines, and takes actions and line ranges in several spellings',
  async (t) => {
    const ada = await started('ada')
    t.match(
      (
        await change(ada, {
          diff: '--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-one\n+one\n+two\n three',
          line_range: '[3, 9]'
        })
      ).answer,
      { change_id: /^change_[0-9a-f]{12}$/, action: 'edit', lines_added: 2, lines_removed: 1 }
    )
    for (const [spelling, action] of [
      ['add', 'create'],
      ['Modify', 'edit'],
      ['remove', 'delete'],
      ['mv', 'rename'],
      ['refactor', 'refactor'],
      ['test', 'test']
    ]) {
      t.equal((await change(ada, { action: spelling, line_range: '7' })).answer.action, action)
    }
    t.match(
      await refused(ada, { action: 'constructor' }),
      /create, edit, delete, rename, refactor, test/
    )
    t.match(await refused(ada, { line_range: '9,3' }), /line_range/)
    t.match(await refused(ada, { line_range: 'all' }), /line_range/)
    await change(ada, {
      file_path: '長'.repeat(1000),
      related_files: ['é'.repeat(1000)],
      reason: '😀'.repeat(5000)
    })
    const long = await change(ada, { file_path: 'src/long.ts', diff: '+x\n'.repeat(60_000) })
    t.equal(long.answer.lines_added, 60_000, 'a long diff is counted whole')
    const { value } = (await ada.call('memory_recall', { key: long.answer.change_id })).answer
    t.ok(value.length < 21_000 && value.endsWith('…'), 'and kept in part')
  }
)

const refused = (caller: Caller, more: object) =>
  caller.refusal('coding_track_file_change', {
    project_id: project,
    file_path: 'src/a.ts',
    action: 'edit',
    reason: 'why',
    ...more
  })

t.test(
  'without an active session nothing is recorded, and the refusal says what to do',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const [name, args] of Object.entries({
      coding_track_file_change: { file_path: 'a', action: 'edit', reason: 'r' },
      coding_record_error: { error_type: 'E', message: 'm' },
      coding_record_decision: { decision: 'd', rationale: 'r' },
      coding_track_interaction: { user_query: 'q', ai_response: 'a', interaction_type: 'question' },
      coding_link_github_issue: { issue_number: 1 }
    })) {
      t.match(
        await ada!.refusal(name, { project_id: project, ...args }),
        /No coding session is active in project "p"\. Start one with coding_start_session/,
        name
      )
    }
    t.equal((await ada!.call('memory_stats')).answer.total_memories, 0)
  }
)

t.test(
  'an exchange is two memories in order, and search finds it with the rest of the session',
  async (t) => {
    const ada = await started('ada')
    await change(ada, { reason: 'Prepare the migration' })
    const { interaction_id: id, session_id: session } = (
      await ada.call('coding_track_interaction', {
        project_id: project,
        user_query: 'Why is the index not used?',
        ai_response: 'The column is cast to text.',
        interaction_type: 'struggle',
        metadata: '{"area": "db"}'
      })
    ).answer
    await ada.call('coding_record_decision', {
      project_id: project,
      decision: 'Cast the argument instead',
      rationale: 'Then it is used'
    })
    const { results } = (await ada.call('memory_search', { query: 'index used' })).answer
    t.match(results[0], { key: `${id}/query`, session_id: session })
    t.ok(
      results.some(
        ({ key, session_id: sessionId }: { key: string; session_id: string }) =>
          key === `${id}/response` && sessionId === session
      ),
      'the answer stands beside it'
    )
    const memory = (await ada.call('memory_recall', { key: `${id}/query` })).answer
    t.match(memory, {
      speaker: 'user',
      session_id: session,
      type: 'coding_interaction',
      metadata: { project_id: project },
      tags: [project, 'struggle']
    })
    t.match((await ada.call('memory_recall', { key: `${id}/response` })).answer, {
      speaker: 'assistant'
    })
    t.match(
      await ada.refusal('coding_track_interaction', {
        project_id: project,
        user_query: 'q',
        ai_response: 'a',
        interaction_type: 'chat'
      }),
      /interaction_type/
    )
  }
)

t.test('records are linked to their session and to the files that they are about', async (t) => {
  const ada = await started('ada')
  const { change_id: changed, session_id: session } = (
    await change(ada, { file_path: 'src/Door.ts', related_files: ['src/key.ts'] })
  ).answer
  const { error_id: failed } = (
    await ada.call('coding_record_error', {
      project_id: project,
      error_type: 'E',
      message: 'locked',
      file_path: 'src/Door.ts'
    })
  ).answer
  await ada.call('coding_record_error', {
    project_id: project,
    error_type: 'E',
    message: 'locked',
    solution: 'Unlock it.'
  })
  const related = async (node: string, type?: string) =>
    (
      await ada.call('memory_get_related', {
        node_id: node,
        depth: 1,
        ...(type && { rel_type: type })
      })
    ).answer.related_nodes
      .map(({ name }: { name: string }) => name)
      .sort()
  t.same(await related('file:p/src/door.ts'), [changed, failed].sort())
  t.same(await related(changed, 'affects'), ['p/src/Door.ts', 'p/src/key.ts'])
  t.same(await related(`session:${session}`), [changed, failed].sort())
  await ada.call('memory_delete', { key: changed })
  t.same(await related('file:p/src/door.ts'), [failed])
  const racing = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) =>
      change(ada, {
        file_path: `${name}.ts`,
        related_files: i % 2 ? ['x.ts', 'y.ts', 'z.ts'] : ['z.ts', 'y.ts', 'x.ts']
      })
    )
  )
  t.equal((await related('file:p/x.ts')).length, racing.length, 'also those made at one instant')
})

t.test('a record counts against the quota, and a refused one leaves nothing', async (t) => {
  const ada = await started('ada')
  const poor = ada.as({ kind: 'api_key', name: 'k' }, { memories: 1, bytes: 1e9 })
  t.match(await refused(poor, {}), /quota of 1 memories/)
  const status = (await ada.call('coding_get_current_session_status', { project_id: project }))
    .answer
  t.equal(status.counts.file_changes, 0)
})

t.test(
  'a record whose memory is deleted is not shown, comes back with it, and goes with it for good',
  async (t) => {
    const ada = await started('ada')
    const { db } = await people()
    const secret = (await change(ada, { reason: 'The password is hunter2', diff: '+hunter2' }))
      .answer.change_id as string
    const { interaction_id: interactionId } = (
      await ada.call('coding_track_interaction', {
        project_id: project,
        user_query: 'What is it?',
        ai_response: 'hunter2',
        interaction_type: 'question'
      })
    ).answer
    const counts = async () => {
      const {
        counts: { file_changes: changes, interactions }
      } = (await ada.call('coding_get_current_session_status', { project_id: project })).answer
      return { changes, interactions }
    }
    const context = async () =>
      (await ada.call('coding_get_project_context', { project_id: project })).text
    t.same(await counts(), { changes: 1, interactions: 1 })
    for (const key of [secret, `${interactionId}/query`]) await ada.call('memory_delete', { key })
    t.same(await counts(), { changes: 0, interactions: 0 })
    t.notMatch(await context(), 'hunter2')
    await ada.call('memory_restore', { key: secret })
    t.same(await counts(), { changes: 1, interactions: 0 })
    t.match(await context(), 'hunter2')
    await ada.call('memory_restore', { key: `${interactionId}/query` })
    t.same(await counts(), { changes: 1, interactions: 1 })
    await ada.call('memory_delete', { key: `${interactionId}/response` })
    t.same(await counts(), { changes: 1, interactions: 0 }, 'either memory hides the exchange')
    await ada.call('memory_delete', { key: `${interactionId}/query` })

    const rows = async (table: 'coding_file_changes' | 'coding_interactions') =>
      (await db.selectFrom(table).select('memory_id').where('user_id', '=', ada.user_id).execute())
        .length
    const session = (await ada.call('coding_get_current_session_status', { project_id: project }))
      .answer.session_id as string
    await db.transaction().execute(async (trx) => {
      for (const key of [secret, `${interactionId}/query`, session]) {
        await purgeMemories(trx, ada.user_id, { agent_name: 'global', key })
      }
      await deleteLostRecords(trx, ada.user_id)
      await recountMemoryUsage(trx, ada.user_id)
    })
    t.same([await rows('coding_file_changes'), await rows('coding_interactions')], [0, 0])
    t.equal(
      (await ada.call('coding_get_current_session_status', { project_id: project })).answer
        .description,
      '',
      'the goal too'
    )
  }
)
