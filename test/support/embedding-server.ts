import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { allPermissions } from '../../tools/scopes.ts'
import { findTool } from '../../tools/index.ts'
import type { ToolContext } from '../../tools/tool.ts'
import { listenOnLoopback } from './port.ts'
import type { Teardown } from './teardown.ts'
import type { Running } from './running.ts'

/** Words with the same meaning for this small "model". Each line is one dimension. */
const concepts = [
  ['car', 'automobile', 'vehicle'],
  ['dog', 'puppy', 'hound'],
  ['paint', 'colour', 'hue'],
  ['doctor', 'physician'],
  ['cheap', 'inexpensive']
]

/** The status of an error answer, or 'silence' for no answer; undefined for vectors. */
type Behaviour = (request: {
  model: string
  input: string[]
  authorization: string | undefined
}) => number | 'silence' | undefined

export interface EmbeddingServer {
  url: string
  /** The texts embedded so far, with their model. */
  embedded: Array<{ model: string; text: string }>
  /** Sets how it answers from now on. */
  behave: (behaviour: Behaviour) => void
  /** Sets the dimension of its vectors from now on. */
  setDimensions: (dimensions: number) => void
}

/**
 * A deterministic embedding server with the OpenAI interface on loopback. The vector of a text says
 * which concepts it contains. Closed at teardown.
 */
export async function embeddingServer(t: Teardown): Promise<EmbeddingServer> {
  const embedded: EmbeddingServer['embedded'] = []
  let dimensions = concepts.length + 1
  let behaviour: Behaviour = () => undefined
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      const { model, input } = JSON.parse(body) as { model: string; input: string[] }
      const status = behaviour({ model, input, authorization: request.headers.authorization })
      if (status === 'silence') return
      response.writeHead(status ?? 200, { 'content-type': 'application/json' })
      if (status !== undefined) {
        return response.end(
          JSON.stringify({ error: { message: `no, ${request.headers.authorization}` } })
        )
      }
      embedded.push(...input.map((text) => ({ model, text })))
      response.end(
        JSON.stringify({
          data: input
            .map((text, index) => ({ index, embedding: vectorOf(text, dimensions) }))
            .reverse()
        })
      )
    })
  })
  const port = await listenOnLoopback(server)
  t.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  )
  return {
    url: `http://127.0.0.1:${port}`,
    embedded,
    behave: (nextBehaviour) => {
      behaviour = nextBehaviour
    },
    setDimensions: (nextDimensions) => {
      dimensions = nextDimensions
    }
  }
}

/** For each concept how often it occurs, and a small part that every text shares. */
export function vectorOf(text: string, dimensions = concepts.length + 1): number[] {
  const words = text.toLowerCase().split(/\W+/)
  return Array.from({ length: dimensions }, (_, at) =>
    at < concepts.length ? words.filter((word) => concepts[at]!.includes(word)).length : 0.1
  )
}

/** Calls a tool as this person, with the service's embedder; returns its structured answer. */
export async function callAs(
  { app }: Running,
  userId: string,
  name: string,
  args: object
): Promise<any> {
  const principal = {
    user_id: userId,
    role: 'user' as const,
    permissions: new Set(allPermissions),
    source: { kind: 'api_key' as const, name: 'test' }
  }
  const { signal } = new AbortController()
  const quotas = { quota: { memories: 1e6, bytes: 1e10 }, codeQuota: { files: 1e6, bytes: 1e10 } }
  const { db, embedder, github, publicUrl, web } = app
  const context: ToolContext = {
    db,
    principal,
    ...quotas,
    embedder,
    github,
    publicUrl,
    web,
    signal,
    history: { keeping: false, days: 1 }
  }
  return (await findTool(name)!.call(args, context)).answer
}

/** Stores each value under its key as this person. */
export async function remember(
  running: Running,
  userId: string,
  values: Record<string, string>,
  more: object = {}
): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    await callAs(running, userId, 'memory_store', { key, value, ...more })
  }
}

/** Waits until the condition holds. Throws after about 30 s, with `what` was missing. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>
): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`Not in time: ${what}`)
    await sleep(50)
  }
}

/** Waits until the latest version of each of the user's memories is embedded. */
export function allEmbedded({ app }: Running, userId: string): Promise<void> {
  return until('all memories embedded', async () => {
    const rows = await app.db
      .selectFrom('memories')
      .where('memories.user_id', '=', userId)
      .leftJoin('memory_vectors', (join) =>
        join
          .on('memory_vectors.user_id', '=', userId)
          .onRef('memory_vectors.memory_no', '=', 'memories.memory_no')
          .onRef('memory_vectors.version', '=', 'memories.version')
      )
      .select('memory_vectors.piece')
      .execute()
    return rows.every(({ piece }) => piece !== null)
  })
}

/**
 * Searches until the answer also goes by meaning. On a busy machine a search may run out of time
 * for that and go by words only.
 */
export async function searchHybrid(
  running: Running,
  userId: string,
  query: string,
  more: object = {}
): Promise<any> {
  let answer: any
  await until(
    'a search by meaning',
    async () =>
      (answer = await callAs(running, userId, 'memory_search', { query, ...more })).search_mode ===
      'hybrid'
  )
  return answer
}
