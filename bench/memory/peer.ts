import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { random, sentence, word } from './text.ts'
import { percentiles, timed } from './timing.ts'

const NAME = '@modelcontextprotocol/server-memory'
const BATCH = 1000

/**
 * The same work for the npm server that most people use, over its stdio: a store is create_entities
 * of one, a search is search_nodes for one word.
 */
export async function measurePeer(sizes: readonly number[], calls: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-peer-'))
  try {
    const { status } = spawnSync(
      'npm',
      ['install', '--prefix', directory, '--no-audit', '--no-fund', '--silent', NAME],
      { stdio: 'inherit' }
    )
    if (status !== 0) {
      return console.log(`${NAME} could not be installed; the comparison is left out.`)
    }
    const server = join(directory, 'node_modules', NAME, 'dist/index.js')
    for (const size of sizes) {
      try {
        await measureSize(server, directory, size, calls)
      } catch (error) {
        console.log(`${NAME} did not get through ${size}: ${(error as Error).message}`)
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measureSize(
  server: string,
  directory: string,
  size: number,
  calls: number
): Promise<void> {
  const client = new Client({ name: 'bench', version: '1.0.0' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [server],
      env: { MEMORY_FILE_PATH: join(directory, `${size}.jsonl`) }
    })
  )
  const next = random(1)
  const entity = (number: number) => ({
    name: `note-${number}`,
    entityType: 'note',
    observations: [sentence(next, 24)]
  })
  const create = (entities: object[]) =>
    client.callTool({ name: 'create_entities', arguments: { entities } }, undefined, {
      timeout: 600_000
    })
  for (let done = 0; done < size; done += BATCH) {
    await create(Array.from({ length: Math.min(BATCH, size - done) }, (_, i) => entity(done + i)))
  }
  const stores = await timed(calls, (i) => create([entity(size + i)]))
  const searches = await timed(calls, () =>
    client.callTool({ name: 'search_nodes', arguments: { query: word(next) } }, undefined, {
      timeout: 600_000
    })
  )
  await client.close()
  console.log(
    `${NAME.padEnd(40)} ${String(size).padStart(9)}  1 user    ` +
      `store ${percentiles(stores)}   search ${percentiles(searches)}`
  )
}
