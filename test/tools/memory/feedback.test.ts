import t from 'tap'
import { people } from '../caller.ts'

t.test(
  'feedback moves the importance within limits, is counted, and changes nothing else',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'k', value: 'v', tags: ['a'], importance: 0.5 })
    await ada!.call('memory_store', {
      key: 'k',
      value: 'another',
      importance: 0.5,
      agent_name: 'thread_1'
    })
    const before = (await ada!.call('memory_recall', { key: 'k' })).answer
    const { answer } = await ada!.call('memory_feedback', { key: 'k', label: 'useful' })
    t.match(answer, {
      status: 'recorded',
      importance: { previous: 0.5, current: 0.6, delta: 0.1 },
      feedback: { useful: 1, irrelevant: 0, outdated: 0 }
    })
    t.same((await ada!.call('memory_recall', { key: 'k' })).answer, { ...before, importance: 0.6 })
    t.match(
      (await ada!.call('memory_feedback', { key: 'k', label: 'outdated', weight: '0.5' })).answer,
      { importance: { current: 0.55, delta: -0.05 }, feedback: { useful: 1, outdated: 1 } }
    )
    for (let i = 0; i < 6; i++) {
      await ada!.call('memory_feedback', { key: 'k', label: 'irrelevant' })
    }
    t.match((await ada!.call('memory_feedback', { key: 'k', label: 'irrelevant' })).answer, {
      importance: { previous: 0, current: 0, delta: 0 },
      feedback: { irrelevant: 7 }
    })
    t.equal(
      (await ada!.call('memory_recall', { key: 'k', agent_name: 'thread_1' })).answer.importance,
      0.5
    )
    t.match(await ada!.refusal('memory_feedback', { key: 'k', label: 'great' }), /label/)
    t.match(
      await ada!.refusal('memory_feedback', { key: 'x', label: 'useful' }),
      /No memory under key "x"/
    )
    await ada!.call('memory_store', { key: 'k', value: 'replaced' })
    t.match(
      await db
        .selectFrom('memories')
        .selectAll()
        .where('user_id', '=', ada!.user_id)
        .where('agent_name', '=', 'global')
        .executeTakeFirst(),
      { useful_count: 0, irrelevant_count: 0, outdated_count: 0 },
      'what replaces it has not been rated'
    )
  }
)

t.test('of feedback at the same instant every one counts', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v', importance: 0 })
  await Promise.all(
    Array.from({ length: 8 }, () => ada!.call('memory_feedback', { key: 'k', label: 'useful' }))
  )
  t.match((await ada!.call('memory_feedback', { key: 'k', label: 'useful' })).answer, {
    importance: { previous: 0.8, current: 0.9 },
    feedback: { useful: 9 }
  })
})
