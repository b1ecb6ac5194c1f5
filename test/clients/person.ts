import { call, connectClient } from '../support/mcp-client.ts'
import { decide, destination } from '../support/oauth-client.ts'
import type { Teardown } from '../support/helper.ts'
import type { Running } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'

/**
 * What a browser does with an authorization URL when the person says yes, as far as the client's
 * callback: the URL it is called with.
 */
export async function approveAt(visitor: Visitor, url: string | URL): Promise<URL> {
  const { pathname, search } = new URL(url)
  const page = await visitor.get(pathname + search)
  const onward = page.headers.get('location') // decided before, so nobody was asked
  return onward === null ? destination(await decide(visitor, page, 'approve')) : new URL(onward)
}

/** Somebody who is signed in. */
export async function signedIn(running: Running): Promise<Visitor> {
  return running.signedIn((await running.person()).email)
}

/** Whether the access token serves: it lists tools and stores a memory. */
export async function serves(
  t: Teardown,
  running: Running,
  accessToken: unknown
): Promise<boolean> {
  const client = await connectClient(t, running.url, accessToken)
  const { tools } = await client.listTools()
  const stored = await call(client, 'memory_store', { key: `k-${crypto.randomUUID()}`, value: 'v' })
  return tools.length > 0 && !stored.isError
}
