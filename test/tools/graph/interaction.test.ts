import t from 'tap'
import { people } from '../caller.ts'
import { names } from './related-names.ts'

t.test(
  'a recorded exchange is found as a conversation, with its topic, and counts in the pattern',
  async (t) => {
    const {
      callers: [ada, bob]
    } = await people('ada', 'bob')
    const record = (query: string, response: string, topic?: string) =>
      ada!.call('memory_record_interaction', {
        query,
        response,
        ai_platform: 'ChatGPT',
        session_id: 's1',
        ...(topic && { metadata: { topic } })
      })
    const { answer } = await record(
      'Where does the ferry to Samos start?',
      'From Piraeus, gate seven.',
      'Travel'
    )
    t.match(answer, {
      status: 'recorded',
      interaction_id: /^interaction_[0-9a-f]{8}$/,
      session_id: 's1',
      topic: 'Travel'
    })
    await record('And when?', 'At nine.', 'travel')
    await record('Thanks', 'You are welcome.')
    const { results } = (await ada!.call('memory_search', { query: 'ferry Samos' })).answer
    t.equal(results[0].value, 'Where does the ferry to Samos start?')
    t.ok(
      results.some(
        ({ value, session_id: session }: { value: string; session_id: string }) =>
          value === 'From Piraeus, gate seven.' && session === 's1'
      ),
      'the answer beside it is found too'
    )
    t.match((await ada!.call('memory_get_user_pattern')).answer.pattern, {
      total_interactions: 3,
      topics: [{ topic: 'Travel', interactions: 2 }],
      most_discussed_topic: 'Travel',
      avg_interactions_per_topic: 2,
      platforms: { ChatGPT: 3 }
    })
    t.same(
      names((await ada!.call('memory_get_related', { node_id: 'topic:travel' })).answer).length,
      2
    )
    t.equal((await bob!.call('memory_get_user_pattern')).answer.pattern.total_interactions, 0)
  }
)
