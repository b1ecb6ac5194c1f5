import { call, connectClient } from '../support/mcp-client.ts'
import { decide, destination } from '../support/oauth-client.ts'
import type { Teardown } from '../support/helper.ts'
import type { Running } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'

/** Opens the authorization URL and approves it. Returns the callback URL with its parameters. */
export async function approveAt(visitor: Visitor, url: string | URL): Promise<URL> {
  const { pathname, search } = new URL(url)
  const page = await visitor.get(pathname + search)
  const onward = page.headers.get('location') // a remembered consent redirects at once
  return onward === null ? destination(await decide(visitor, page, 'approve')) : new URL(onward)
}

/** A browser in which a new person is signed in. */
export async function signedIn(running: Running): Promise<Visitor> {
  return running.signedIn((await running.person()).email)
}

/** Whether the access token lists tools and stores a memory. */
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
