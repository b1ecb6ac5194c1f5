import { parseArgs } from 'node:util'
import type { Db } from '../../db/connection/connect.ts'
import { briefingSizes, composeBriefing } from '../../domain/briefing/index.ts'
import { lineOf } from '../../domain/briefing/selection.ts'
import { countTokens } from '../../lib/answer-size.ts'
import { newPerson, type Person, scratchDatabase } from '../database.ts'
import { type Conversation, type Item, readConversations } from '../recall/data.ts'

/** The first question of a session: what it asks, and the turns that answer it. */
interface Opening {
  question: string
  evidence: string[]
}

/** The ids of the turns that a choice of a fixed size holds. */
type Choice = (opening: Opening) => Promise<ReadonlySet<string>>

/**
 * Stores conversations turn by turn, and asks for a briefing with the first question about each
 * session. Prints how often the briefing holds the evidence, beside the newest turns and random
 * turns of the same size.
 */
export async function briefing(args: string[]): Promise<void> {
  const { data, tokens, postgres } = readOptions(args)
  const database = await scratchDatabase(postgres)
  const totals = new Map<string, Score>()
  const times: number[] = []
  try {
    for (const conversation of readConversations(data)) {
      const person = await newPerson(database)
      for (const item of conversation.items) await person.call('memory_store', storedItem(item))
      const choices = choicesFor(database.db, person, conversation.items, { tokens, times })
      for (const opening of openingsOf(conversation)) {
        for (const [name, choose] of Object.entries(choices)) {
          const score = totals.get(name) ?? { any: 0, all: 0, count: 0 }
          totals.set(name, addScore(score, opening, await choose(opening)))
        }
      }
    }
  } finally {
    await database.close()
  }
  printScores(totals, tokens, times)
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      tokens: { type: 'string', default: String(briefingSizes.default) },
      postgres: { type: 'boolean', default: false }
    }
  })
  if (!values.data) {
    throw new Error('Usage: npm run bench -- briefing --data FILE [--tokens N] [--postgres]')
  }
  return { data: values.data, tokens: Number(values.tokens), postgres: values.postgres }
}

function storedItem({ id, session, speaker, text, at }: Item) {
  const value = text || '-'
  return { key: id, value, session_id: session, speaker, occurred_at: at.toISOString() }
}

/** For each session the first question, in the order of the file, that a turn of it answers. */
function openingsOf({ items, questions }: Conversation): Opening[] {
  const sessionOf = new Map(items.map(({ id, session }) => [id, session]))
  const sessions = [...new Set(items.map(({ session }) => session))]
  return sessions.flatMap(
    (session) =>
      questions.find(({ evidence }) => evidence.some((id) => sessionOf.get(id) === session)) ?? []
  )
}

function choicesFor(
  db: Db,
  person: Person,
  items: Item[],
  { tokens, times }: { tokens: number; times: number[] }
): Record<string, Choice> {
  const newestFirst = items.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  const random = seededRandom(17)
  return {
    briefing: async ({ question }) => {
      const began = performance.now()
      const { sections } = await composeBriefing(contextOf(db, person), {
        project: '',
        prompt: question,
        max_tokens: tokens,
        includesCoding: true
      })
      times.push(performance.now() - began)
      return new Set(sections.flatMap(({ lines }) => lines.map(({ candidate }) => candidate.key)))
    },
    'newest first': async () => fittingItems(newestFirst, tokens),
    random: async () => fittingItems(shuffled(items, random), tokens)
  }
}

function contextOf(db: Db, { user_id }: Person) {
  const source = { kind: 'command' as const, name: 'bench' }
  const principal = { user_id, role: 'user' as const, source }
  return { db, principal, signal: new AbortController().signal }
}

/** The first items whose lines fit, each told as a briefing tells it. */
function fittingItems(items: Item[], tokens: number): Set<string> {
  let remainingTokens = tokens
  const chosen = new Set<string>()
  for (const { id, text, at, speaker } of items) {
    const candidate = { key: id, text: `${speaker}: ${text}`, time: at }
    remainingTokens -= countTokens(`${lineOf(candidate, Infinity)}\n`)
    if (remainingTokens < 0) break
    chosen.add(id)
  }
  return chosen
}

interface Score {
  any: number
  all: number
  count: number
}

function addScore(score: Score, { evidence }: Opening, held: ReadonlySet<string>): Score {
  const hits = evidence.filter((id) => held.has(id)).length
  return {
    any: score.any + (hits > 0 ? 1 : 0),
    all: score.all + (hits === evidence.length ? 1 : 0),
    count: score.count + 1
  }
}

function printScores(totals: Map<string, Score>, tokens: number, times: number[]): void {
  const percent = (part: number, { count }: Score) => `${((100 * part) / count).toFixed(1)} %`
  console.log(`choice of ${tokens} tokens    some evidence    all evidence    questions`)
  for (const [name, score] of totals) {
    console.log(
      `${name.padEnd(24)}${percent(score.any, score).padStart(12)}` +
        `${percent(score.all, score).padStart(16)}${String(score.count).padStart(13)}`
    )
  }
  times.sort((a, b) => a - b)
  const milliseconds = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1)
  console.log(`briefing in process: p50 ${milliseconds(0.5)} ms, p95 ${milliseconds(0.95)} ms`)
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
