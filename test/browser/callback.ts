import { createServer } from 'node:http'
import { listenOnLoopback } from '../support/port.ts'
import type { Teardown } from '../support/teardown.ts'

export interface Callback {
  /** http://127.0.0.1:port/callback */
  uri: string
  /** The parameters of every answer so far, in order. */
  answers: Array<Record<string, string>>
}

/**
 * A client's server on loopback that receives the answer from the browser. With `onward` it
 * redirects the browser to that address (307). Closed at teardown.
 */
export async function openCallback(t: Teardown, onward?: string): Promise<Callback> {
  const answers: Callback['answers'] = []
  const server = createServer((request, response) => {
    const { pathname, search, searchParams } = new URL(request.url!, 'http://127.0.0.1')
    if (pathname !== '/callback') return response.writeHead(404).end()
    answers.push(Object.fromEntries(searchParams))
    if (onward !== undefined) return response.writeHead(307, { location: onward + search }).end()
    response
      .setHeader('content-type', 'text/html')
      .end('<title>The app</title><p>You may close this window.')
  })
  const port = await listenOnLoopback(server)
  t.teardown(() => server.close())
  return { uri: `http://127.0.0.1:${port}/callback`, answers }
}
