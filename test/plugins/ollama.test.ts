import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { offerOllama } from '../../plugins/embedder/ollama.ts'
import { kagura } from '../cli/command.ts'
import { freshSettings } from '../support/helper.ts'
import { runService } from '../support/running.ts'

/** Starts a server that answers like Ollama; returns the value for OLLAMA_HOST. */
async function answering(t: Test, answer: string): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/api/tags' ? 200 : 404).end(answer)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function tags(...names: string[]): string {
  return JSON.stringify({ models: names.map((name) => ({ name })) })
}

t.test(
  'Ollama is offered with the embedding model that it has, and the prefixes of that model',
  async (t) => {
    const host = await answering(
      t,
      tags('llama3.2:latest', 'mxbai-embed-large:latest', 'nomic-embed-text:latest')
    )
    t.same(await offerOllama(host), {
      settings: [
        `EMBEDDINGS_URL=http://${host}`,
        'EMBEDDINGS_MODEL=nomic-embed-text',
        'EMBEDDINGS_QUERY_PREFIX="search_query: "',
        'EMBEDDINGS_DOCUMENT_PREFIX="search_document: "'
      ]
    })
    const secondHost = await answering(t, tags('bge-m3:567m'))
    t.same(await offerOllama(`http://${secondHost}/`), {
      settings: [`EMBEDDINGS_URL=http://${secondHost}`, 'EMBEDDINGS_MODEL=bge-m3']
    })
  }
)

t.test(
  'Ollama without an embedding model is offered with the command that fetches one',
  async (t) => {
    const host = await answering(t, tags('llama3.2:latest'))
    t.match(await offerOllama(host), {
      command: 'ollama pull nomic-embed-text',
      settings: [/URL=/, /nomic-embed-text/, /QUERY/, /DOCUMENT/]
    })
  }
)

t.test('nothing is offered where no Ollama answers, and no other machine is asked', async (t) => {
  t.equal(await offerOllama('127.0.0.1:1'), undefined)
  t.equal(await offerOllama(await answering(t, 'Hello')), undefined)
  t.equal(await offerOllama(await answering(t, '{"models":{}}')), undefined)
  t.equal(await offerOllama('ollama.example.org'), undefined)
  t.equal(await offerOllama('%%'), undefined)
})

t.test(
  'the set-up page and the doctor offer the exact settings, until embeddings are configured',
  async (t) => {
    const host = await answering(t, tags('nomic-embed-text:latest'))
    const { app, url } = await runService(t, { OLLAMA_HOST: host })
    const page = await (await fetch(`${url}/setup?token=${app.setupToken}`)).text()
    t.match(page, `EMBEDDINGS_URL=http://${host}\nEMBEDDINGS_MODEL=nomic-embed-text`)
    app.config.EMBEDDINGS_URL = 'http://127.0.0.1:1'
    t.notMatch(await (await fetch(`${url}/setup?token=${app.setupToken}`)).text(), 'Ollama')

    const settings = { ...(await freshSettings(t)), OLLAMA_HOST: host }
    const { stdout } = await kagura(settings, ['doctor', '--json'])
    const { checks } = JSON.parse(stdout) as { checks: Array<{ check: string }> }
    const check = checks.find((entry) => entry.check === 'embeddings')
    t.match(check, {
      ok: true,
      fix: new RegExp(
        `EMBEDDINGS_URL=http://${host.replaceAll('.', '\\.')}\nEMBEDDINGS_MODEL=nomic-embed-text`
      )
    })
  }
)
