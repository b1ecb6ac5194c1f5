import type { Test } from 'tap'
import { postTo, ask, isPage } from './expected.ts'
import type { World } from './world.ts'

export const CB = 'https://good.example/cb'

/**
 * Every one of the addresses is answered with a page and no redirect, for a client that has the
 * registered ones.
 */
export async function refused(
  t: Test,
  world: World,
  uris: string[],
  registered = [CB]
): Promise<void> {
  const [client, visitor] = [await world.register({ uris: registered }), await world.visitor()]
  for (const uri of uris) {
    await isPage(t, await ask(visitor, client, { redirect_uri: uri }), JSON.stringify(uri))
  }
}

export async function registrationRefuses(t: Test, world: World, uris: string[]): Promise<void> {
  for (const uri of uris) {
    const answer = await postTo(
      world,
      '/api/v1/oauth/register',
      JSON.stringify({ redirect_uris: [uri] }),
      { 'content-type': 'application/json' }
    )
    t.match(answer, { status: 400, error: 'invalid_redirect_uri' }, uri)
  }
}
