import t from 'tap'
import { shortenAnswer, textCost, countTokens } from '../../lib/answer-size.ts'
import { people } from '../tools/caller.ts'

const scripts = {
  Japanese: '港の灯台は火曜日に緑色に光ります。',
  Hindi: 'बंदरगाह का दीपस्तंभ मंगलवार को हरा होता है। ',
  Russian: 'Маяк в гавани светит зелёным по вторникам. ',
  Arabic: 'منارة الميناء تضيء باللون الأخضر يوم الثلاثاء. ',
  emoji: '🟢🚢 ',
  English: 'The harbour lighthouse shines green on Tuesdays. '
}

t.test('tokens are counted high for every script', async (t) => {
  t.equal(countTokens('abc'), 1)
  t.equal(textCost('港'), 4.5)
  t.ok(countTokens(scripts.Japanese) > scripts.Japanese.length)
  t.ok(countTokens(scripts.Russian) > scripts.Russian.length / 2)
  t.ok(countTokens('🟢') >= 2)
})

t.test('answers stay under 20,000 tokens in every script, and say what is missing', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  for (const name of ['Japanese', 'Hindi', 'English'] as const) {
    const sentence = scripts[name]
    for (let i = 0; i < 4; i++) {
      await ada!.call('memory_store', {
        key: `${name} ${i}`,
        value: `beacon ${i} ${sentence.repeat(400)}`,
        agent_name: name
      })
    }
    for (const [tool, args] of [
      ['memory_search', { query: 'beacon', agent_name: name }],
      ['memory_list', { agent_name: name }],
      ['memory_timeline', { time_range: 'last_day', agent_name: name }],
      ['memory_get_full_document', { parent_id: `${name} 0`, agent_name: name }],
      [
        'memory_get_chunk_context',
        { parent_id: `${name} 0`, agent_name: name, chunk_index: 1, context_size: 20 }
      ]
    ] as const) {
      const { text, answer } = await ada!.call(tool, args)
      t.ok(countTokens(text) < 20_000, `${tool} in ${name}: ${Math.round(countTokens(text))}`)
      t.ok(countTokens(JSON.stringify(answer)) < 20_000, `${tool} in ${name}, structured`)
    }
  }
})

t.test('a long list keeps its first entries, and the number of the others is known', async (t) => {
  const answer = {
    project: 'p',
    nodes: Array.from({ length: 1000 }, (_, i) => ({ name: `node ${i}`, value: 'x'.repeat(200) }))
  }
  const { answer: short, left_out: leftOut } = shortenAnswer(answer)
  t.same(short.nodes, answer.nodes.slice(0, short.nodes.length))
  t.equal(short.nodes.length + leftOut, 1000)
  t.ok(countTokens(JSON.stringify(short)) < 20_000)
  t.same(shortenAnswer({ nodes: [] }), { answer: { nodes: [] }, left_out: 0 })
})
