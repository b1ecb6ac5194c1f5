import { parseArgs } from 'node:util'
import type { Db } from '../../db/connection/connect.ts'
import { listNearestMemories } from '../../db/memory/vectors.ts'
import type { Embedder } from '../../domain/context.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { type ActiveArms, allArms } from '../../domain/memory/search/ranking.ts'
import { newPerson, type Person, type Scratch, scratchDatabase } from '../database.ts'
import { plainBm25 } from './bm25.ts'
import { benchEmbeddings } from './embeddings.ts'
import { type Conversation, readConversations } from './data.ts'
import { serveModel } from './models.ts'
import { type Answered, print } from './metrics.ts'

const halves = ['first', 'second', 'all']
const granularities = ['turn', 'session']

/**
 * What each question finds. Ids are made different between conversations, which may share a user.
 */
interface Corpus {
  documents: Array<{ id: string; text: string; store: object }>
  questions: Array<{ question: string; category: string; evidence: string[] }>
}

const ablation: Record<string, ActiveArms> = {
  'words only': { neighbours: false, session: false, importance: false, meaning: false },
  'words and neighbours': { neighbours: true, session: false, importance: false, meaning: false },
  'words and session': { neighbours: false, session: true, importance: false, meaning: false },
  'without importance': { neighbours: true, session: true, importance: false, meaning: true },
  'without meaning': { ...allArms, meaning: false },
  everything: allArms
}

type Search = (person: Person, question: string) => Promise<string[]>
/** Asks every question of every corpus. */
type Ask = (search: Search) => Promise<Answered[]>

/**
 * Loads conversations by memory_store, one user each (sessions as documents: one user for all),
 * asks by memory_search, and prints what was found.
 */
export async function recall(args: string[]): Promise<void> {
  const { data, half, granularity, postgres, embeddingSource, ...model } = readOptions(args)
  const all = readConversations(data)
  const middle = Math.ceil(all.length / 2)
  const conversations =
    half === 'first' ? all.slice(0, middle) : half === 'second' ? all.slice(middle) : all
  const corpora = granularity === 'turn' ? conversations.map(turns) : [pooled(conversations)]
  const total = (part: 'documents' | 'questions') =>
    corpora.reduce((sum, corpus) => sum + corpus[part].length, 0)
  console.log(
    `${conversations.length} conversations (${half}), ${total('documents')} documents ` +
      `(${granularity}), ${total('questions')} questions with evidence, ` +
      `${postgres ? 'PostgreSQL' : 'embedded database'}`
  )

  const database = await scratchDatabase(postgres)
  const served =
    embeddingSource === 'weak' || embeddingSource === 'strong'
      ? await serveModel(embeddingSource, conversations)
      : undefined
  try {
    const url = served?.url ?? embeddingSource
    const embeddings =
      url === undefined ? undefined : await benchEmbeddings(database.db, { url, ...model })
    const people = await storeDocuments(database, corpora, embeddings?.embedder)
    await embeddings?.embedStored()
    const ask: Ask = (search) => askEverything(corpora, people, search)
    const anchors = new Map(people.map((person, i) => [person, plainBm25(corpora[i]!.documents)]))
    print(
      'plain BM25 of the bench',
      await ask(async (person, question) => anchors.get(person)!(question)),
      true
    )
    await printMemorySearch(ask)
    await printAblation(ask, database.db, embeddings?.embedder)
    if (embeddings) {
      print(
        'vectors alone',
        await ask((person, query) => nearestKeys(database.db, person, query, embeddings.embedder))
      )
    }
  } finally {
    served?.close()
    await database.close()
  }
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      half: { type: 'string', default: 'all' },
      granularity: { type: 'string', default: 'turn' },
      postgres: { type: 'boolean' },
      embeddings: { type: 'string' },
      model: { type: 'string', default: 'text-embedding-3-small' },
      'query-prefix': { type: 'string', default: '' },
      'document-prefix': { type: 'string', default: '' }
    }
  })
  const { data, half, granularity, postgres = false } = values
  if (!data || !halves.includes(half) || !granularities.includes(granularity)) {
    throw new Error(
      'Usage: npm run bench -- recall --data FILE [--half first|second|all] ' +
        '[--granularity turn|session] [--postgres]\n  [--embeddings weak|strong|URL ' +
        '[--model NAME] [--query-prefix TEXT] [--document-prefix TEXT]]'
    )
  }
  return {
    data,
    half,
    granularity,
    postgres,
    embeddingSource: values.embeddings,
    model: values.model,
    queryPrefix: values['query-prefix'],
    documentPrefix: values['document-prefix']
  }
}

/** Returns the user of each corpus, who has its documents as memories. */
async function storeDocuments(
  database: Scratch,
  corpora: Corpus[],
  embedder?: Embedder
): Promise<Person[]> {
  const people: Person[] = []
  for (const { documents } of corpora) {
    const person = await newPerson(database, embedder)
    for (const { store } of documents) await person.call('memory_store', store)
    people.push(person)
  }
  return people
}

async function askEverything(
  corpora: Corpus[],
  people: Person[],
  search: Search
): Promise<Answered[]> {
  const answers: Answered[] = []
  for (const [i, { questions }] of corpora.entries()) {
    for (const { question, ...rest } of questions) {
      answers.push({ ...rest, ranked: await search(people[i]!, question) })
    }
  }
  return answers
}

/** Prints what memory_search finds, how fast, and in which modes. */
async function printMemorySearch(ask: Ask): Promise<void> {
  const times: number[] = []
  const modes = new Map<string, number>()
  print(
    'memory_search',
    await ask(async (person, question) => {
      const began = performance.now()
      const { results, search_mode: mode } = await person.call('memory_search', {
        query: question,
        k: 100
      })
      times.push(performance.now() - began)
      modes.set(mode, (modes.get(mode) ?? 0) + 1)
      return results.map(({ key }: { key: string }) => key)
    }),
    true
  )
  times.sort((a, b) => a - b)
  const milliseconds = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1)
  console.log(
    `\nmemory_search in process, k = 100: p50 ${milliseconds(0.5)} ms, ` +
      `p99 ${milliseconds(0.99)} ms; ` +
      `${[...modes].map(([mode, count]) => `${count} ${mode}`).join(', ')}\n`
  )
}

/** Prints what the search finds without some of its arms. */
async function printAblation(ask: Ask, db: Db, embedder?: Embedder): Promise<void> {
  for (const [name, arms] of Object.entries(ablation)) {
    print(
      name,
      await ask(async (person, query) => {
        const { rows } = await findMemories(db, person.user_id, {
          query,
          limit: 100,
          valueLimit: 1,
          arms,
          embedder
        })
        return rows.map(({ key }) => key)
      })
    )
  }
}

/** What is nearest by its vector alone. */
async function nearestKeys(
  db: Db,
  { user_id: userId }: Person,
  query: string,
  embedder: Embedder
): Promise<string[]> {
  const meaning = await embedder.embed(query, userId, new AbortController().signal)
  if ('missing' in meaning) throw new Error(meaning.missing)
  const nearest = await listNearestMemories(db, userId, { ...meaning, limit: 100 })
  const rows = await db
    .selectFrom('memories')
    .select(['memory_no', 'key'])
    .where('user_id', '=', userId)
    .where(
      'memory_no',
      'in',
      nearest.map(({ memory_no: no }) => no)
    )
    .execute()
  const keys = new Map(rows.map(({ memory_no: no, key }) => [no, key]))
  return nearest.map(({ memory_no: no }) => keys.get(no)!)
}

function turns({ items, questions }: Conversation): Corpus {
  return {
    documents: items.map(({ id, session, speaker, text, at }) => ({
      id,
      text: `${speaker} ${text}`,
      store: {
        key: id,
        value: text || '-',
        session_id: session,
        speaker,
        occurred_at: at.toISOString()
      }
    })),
    questions
  }
}

/**
 * Every session of every conversation is one document of one user; adversarial questions are left
 * out, as others that measure this do.
 */
function pooled(conversations: Conversation[]): Corpus {
  const documents = conversations.flatMap(({ items }, number) =>
    [...new Set(items.map(({ session }) => session))].map((session) => {
      const sessionItems = items.filter((item) => item.session === session)
      const text = sessionItems.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n')
      const id = `${number}/${session}`
      return {
        id,
        text: `${sessionItems[0]!.at.toUTCString()} ${text}`,
        store: { key: id, value: text, occurred_at: sessionItems[0]!.at.toISOString() }
      }
    })
  )
  const questions = conversations.flatMap(({ items, questions }, number) =>
    questions
      .filter(({ category }) => category !== 'adversarial')
      .map((question) => ({
        ...question,
        evidence: [
          ...new Set(
            items
              .filter(({ id }) => question.evidence.includes(id))
              .map(({ session }) => `${number}/${session}`)
          )
        ]
      }))
  )
  return { documents, questions }
}
