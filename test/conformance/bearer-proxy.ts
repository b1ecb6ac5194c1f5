import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../support/helper.ts'

/**
 * Starts a proxy on loopback that adds the bearer credential to each request, for programs that
 * cannot send one. Returns its origin; closed at teardown.
 */
export async function addingBearer(
  t: Teardown,
  target: string,
  credential: string
): Promise<string> {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    // the answers' own headers, passed on, promise more than the default 5 s
    const onward = send(
      new URL(request.url!, target),
      {
        method: request.method,
        headers: { ...request.headers, authorization: `Bearer ${credential}` }
      },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      }
    )
    onward.on('error', (error) => response.destroy(error))
    request.pipe(onward)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      })
  )
  return `http://localhost:${(server.address() as AddressInfo).port}`
}
