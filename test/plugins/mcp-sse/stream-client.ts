import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '../../support/helper.ts'
import { post, toolsCall } from '../../support/mcp-client.ts'
import type { Running } from '../../support/running.ts'

export interface Stream {
  next: () => Promise<string>
  ended: Promise<void>
  address: string
  close: () => void
}

export async function openStream(url: string, credential: string): Promise<Stream> {
  const abort = new AbortController()
  const answer = await fetch(`${url}/mcp/sse`, {
    headers: { authorization: `Bearer ${credential}`, accept: 'text/event-stream' },
    signal: abort.signal
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  const events: string[] = []
  let wake = () => {}
  const ended = (async () => {
    let text = ''
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString()
      const parts = text.split('\n\n')
      text = parts.pop()!
      events.push(...parts)
      wake()
    }
  })().catch(() => {})
  const next = async () => {
    while (events.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return events.shift()!
  }
  const address = /^event: endpoint\ndata: (.*)$/.exec(await next())![1]!
  return { next, ended, address, close: () => abort.abort() }
}

/** Opens a stream whose client reads only the first event; returns the server's end too. */
export async function openUnread(
  t: Teardown,
  { app, url }: Running,
  credential: string
): Promise<{ connection: Socket; address: string }> {
  await post(
    `${url}/mcp`,
    credential,
    toolsCall('memory_store', { key: 'long', value: 'x'.repeat(60_000) })
  )
  const accepted = once(app.server, 'connection') as Promise<[Socket]>
  const unread = connect(Number(new URL(url).port), '127.0.0.1').pause()
  t.teardown(() => unread.destroy())
  unread.write(
    `GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${credential}\r\n\r\n`
  )
  let address: string | undefined
  for (let head = ''; address === undefined; address = /data: (\S+)/.exec(head)?.[1]) {
    await once(unread, 'readable')
    head += String(unread.read() ?? '')
  }
  unread.pause()
  return { connection: (await accepted)[0], address }
}

export const askForMuch = (times: number) =>
  Array.from({ length: times }, (_, i) => toolsCall('memory_recall', { key: 'long' }, i))

/** Opens such a stream with waiting answers, too few to close it. */
export async function openStuck(
  t: Teardown,
  running: Running,
  credential: string
): Promise<{ connection: Socket; address: string }> {
  const { connection, address } = await openUnread(t, running, credential)
  for (let full = false; !full; full = connection.writableLength > 0) {
    await post(running.url + address, credential, askForMuch(8))
    await sleep(200)
  }
  await post(running.url + address, credential, askForMuch(8))
  return { connection, address }
}
