import t from 'tap'
import { listEmbeddingModels } from '../../db/memory/embedding-models.ts'
import { countMemoriesToEmbed } from '../../db/memory/embedding-queue.ts'
import { releaseLease, takeLease } from '../../db/connection/leases.ts'
import { purgeMemories } from '../../db/memory/expiry.ts'
import { embeddingsEndpoint } from '../../plugins/embedder/client.ts'
import {
  allEmbedded,
  callAs,
  embeddingServer,
  remember,
  searchHybrid,
  until
} from '../support/embedding-server.ts'
import { freshSettings, type Settings, type Teardown } from '../support/helper.ts'
import { type Running, runService } from '../support/running.ts'
import { people } from '../tools/caller.ts'

function service(t: Teardown, url: string, model = 'one', settings?: Settings): Promise<Running> {
  return runService(
    t,
    {
      EMBEDDINGS_URL: url,
      EMBEDDINGS_MODEL: model,
      EMBEDDINGS_DOCUMENT_PREFIX: 'passage: ',
      EMBEDDINGS_QUERY_PREFIX: 'query: ',
      EMBEDDINGS_API_KEY: 'secret'
    },
    settings
  )
}

const best = async (running: Running, userId: string, query: string): Promise<string> =>
  (await searchHybrid(running, userId, query)).results[0]?.key
const models = async ({ app }: Running) =>
  (await listEmbeddingModels(app.db)).map(
    ({ model, dimensions, completed_at: done }) =>
      `${model} ${dimensions}${done ? ' complete' : ''}`
  )
const complete = (running: Running, model: string) =>
  until(`${model} complete`, async () => (await models(running)).join() === `${model} complete`)
const vectorsOf = ({ app }: Running, key: string) =>
  app.db
    .selectFrom('memory_vectors')
    .innerJoin('memories', 'memories.memory_no', 'memory_vectors.memory_no')
    .where('key', '=', key)
    .select(['piece', 'memory_vectors.version', 'start'])
    .orderBy('piece')
    .execute()

const server = await embeddingServer(t)
server.behave(() => 503)
const running = await service(t, server.url)

t.test(
  'an outage is waited out, a refused memory holds up no other, and a long one is split',
  async (t) => {
    const { user_id: ada } = await running.person()
    await remember(running, ada, {
      bad: 'poison',
      good: 'a hound',
      wide: 'the colour. '.repeat(90)
    })
    await until(
      'an attempt',
      async () =>
        (await callAs(running, ada, 'memory_search', { query: 'dog' })).reason?.includes(
          'answered 503'
        ) || true
    )
    t.same(await running.app.db.selectFrom('memory_vectors').select('piece').execute(), [])
    server.behave(({ input, authorization }) =>
      authorization !== 'Bearer secret'
        ? 401
        : input.some((text) => text.includes('poison') || text.length > 600)
          ? 413
          : undefined
    )
    await until(
      'the others',
      async () =>
        (await vectorsOf(running, 'good')).length === 1 &&
        (await vectorsOf(running, 'wide')).length >= 3
    )
    await until(
      'the refusal',
      async () =>
        (await running.app.db.selectFrom('embedding_queue').select('refused').execute())[0]
          ?.refused === 'the embedding server answered 413'
    )
    const [model] = await listEmbeddingModels(running.app.db)
    t.same(await countMemoriesToEmbed(running.app.db, model!.model_no), {
      memories: 3,
      waiting: 0,
      refused: 1
    })
    await complete(running, 'one 6')
    await remember(running, ada, { bad: 'wholesome' })
    await allEmbedded(running, ada)
    t.same(await running.app.db.selectFrom('embedding_queue').selectAll().execute(), [])
    server.behave(() => undefined)
  }
)

t.test(
  'what is written is embedded, again when its text changes, and is gone when the memory is',
  async (t) => {
    const { user_id: ada } = await running.person()
    await remember(running, ada, {
      ride: 'an old automobile',
      pet: 'a puppy',
      long: `${'filler text. '.repeat(400)} the physician`
    })
    await allEmbedded(running, ada)
    t.ok(server.embedded.some(({ text }) => text === 'passage: ride: an old automobile'))
    t.equal(await best(running, ada, 'which car'), 'ride')
    t.ok(server.embedded.some(({ text }) => text === 'query: which car'))
    t.equal(await best(running, ada, 'doctor'), 'long', 'by the last part of a long value')
    t.ok((await vectorsOf(running, 'long')).length > 3)

    await remember(running, ada, { ride: 'a puppy on wheels', pet: 'an automobile' })
    t.not(
      await best(running, ada, 'vehicle'),
      'ride',
      'what it said before finds it no more, from the first moment on'
    )
    await allEmbedded(running, ada)
    t.equal(await best(running, ada, 'car'), 'pet')

    const embedded = server.embedded.length
    await callAs(running, ada, 'memory_feedback', { key: 'pet', label: 'useful' })
    await callAs(running, ada, 'memory_update', { key: 'pet', tags: ['vehicle'] })
    await allEmbedded(running, ada)
    t.equal(server.embedded.length, embedded, 'a rating and a tag change no text')
    await callAs(running, ada, 'memory_restore', { key: 'ride', version: 1 })
    await allEmbedded(running, ada)
    t.equal((await vectorsOf(running, 'ride'))[0]!.version, 3)

    await callAs(running, ada, 'memory_delete', { key: 'ride' })
    await purgeMemories(running.app.db as never, ada, { agent_name: 'global', key: 'pet' })
    t.same([await vectorsOf(running, 'ride'), await vectorsOf(running, 'pet')], [[], []])
    await callAs(running, ada, 'memory_restore', { key: 'ride' })
    await allEmbedded(running, ada)
    t.equal((await vectorsOf(running, 'ride')).length, 1, 'what comes back is embedded anew')
    await running.app.db.deleteFrom('users').where('user_id', '=', ada).execute()
    t.same(
      await running.app.db
        .selectFrom('memory_vectors')
        .select('piece')
        .where('user_id', '=', ada)
        .execute(),
      []
    )
  }
)

t.test(
  'a new dimension counts as a new model: all is embedded anew, and no search fails',
  async (t) => {
    const { user_id: ada } = await running.person()
    await remember(running, ada, { ride: 'an automobile', pet: 'a puppy' })
    await complete(running, 'one 6')
    await allEmbedded(running, ada)
    server.setDimensions(9)
    const meanwhile = await callAs(running, ada, 'memory_search', { query: 'which automobile' })
    t.match(meanwhile, {
      search_mode: 'lexical',
      reason: /another dimension/,
      results: [{ key: 'ride' }]
    })
    await remember(running, ada, { house: 'in a bright colour' })
    await complete(running, 'one 9')
    t.equal(await best(running, ada, 'vehicle'), 'ride')
    t.equal(await best(running, ada, 'hue'), 'house')
  }
)

t.test(
  'the former vectors serve until those of a new model are there, also across a restart',
  async (t) => {
    const nextServer = await embeddingServer(t)
    const settings = await freshSettings(t)
    const first = await service(t, nextServer.url, 'one', settings)
    const { user_id: ada } = await first.person()
    await remember(
      first,
      ada,
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [`k${i}`, i === 7 ? 'a dog' : 'paint'])
      )
    )
    await complete(first, 'one 6')
    await allEmbedded(first, ada)
    await first.app.close()

    let left = 24 // of the new model's documents
    nextServer.behave(({ model, input }) =>
      model === 'two' && input[0]!.startsWith('passage: k') && (left -= input.length) < 0
        ? 'silence'
        : undefined
    )
    const second = await service(t, nextServer.url, 'two', settings)
    const ofTwo = () =>
      nextServer.embedded.filter(
        ({ model, text }) => model === 'two' && text.startsWith('passage: k')
      ).length
    await until('half', () => left < 0)
    t.same(await models(second), ['two 6', 'one 6 complete'])
    t.equal(await best(second, ada, 'hound'), 'k7')
    t.match(
      nextServer.embedded.at(-1),
      { model: 'one', text: 'query: hound' },
      'the former model answers meanwhile'
    )
    await remember(second, ada, { late: 'a physician' })
    await second.app.close()
    t.equal(ofTwo(), 16, 'in the middle')

    nextServer.behave(() => undefined)
    const third = await service(t, nextServer.url, 'two', settings)
    await complete(third, 'two 6')
    await allEmbedded(third, ada)
    t.equal(await best(third, ada, 'hound'), 'k7')
    t.match(nextServer.embedded.at(-1), { model: 'two' })
    t.equal(ofTwo(), 40, 'nothing was embedded twice')
    const rows = await third.app.db
      .selectFrom('memory_vectors')
      .select(['memory_no', 'model_no'])
      .execute()
    t.equal(rows.length, 41)
    t.equal(new Set(rows.map(({ model_no: no }) => no)).size, 1, 'the former ones are gone')
  }
)

t.test('one process at a time has a lease, until it gives it back or its time is up', async (t) => {
  const { db } = await people()
  t.same(
    [
      await takeLease(db, 'work', 'a', 60),
      await takeLease(db, 'work', 'b', 60),
      await takeLease(db, 'work', 'a', 60)
    ],
    [true, false, true]
  )
  await releaseLease(db, 'work', 'b')
  t.equal(await takeLease(db, 'work', 'b', 0), false)
  await releaseLease(db, 'work', 'a')
  t.equal(await takeLease(db, 'work', 'b', -1), true)
  t.equal(await takeLease(db, 'work', 'a', 60), true, 'it had run out')
})

t.test('the address may be that of the server, of its interface or of the endpoint', async (t) => {
  t.equal(embeddingsEndpoint('http://localhost:11434'), 'http://localhost:11434/v1/embeddings')
  t.equal(embeddingsEndpoint('https://api.openai.com/v1/'), 'https://api.openai.com/v1/embeddings')
  t.equal(
    embeddingsEndpoint('https://example.com/openai/deployments/x/embeddings'),
    'https://example.com/openai/deployments/x/embeddings'
  )
})

t.test('without an embedding server nothing is queued and nothing is missed', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'ride', value: 'an automobile' })
  const { search_mode: mode, reason } = (await ada!.call('memory_search', { query: 'automobile' }))
    .answer
  t.same([mode, reason], ['lexical', undefined])
  t.same(await db.selectFrom('embedding_queue').selectAll().execute(), [])
})
