import type { Test } from 'tap'
import { REDIRECT_URI } from '../../../support/oauth-client.ts'
import { ask, goesBack } from './expected.ts'
import type { World } from './world.ts'

/** Every one of the requests goes back to the client with that error. */
export async function back(
  t: Test,
  world: World,
  error: string,
  requests: Array<Record<string, string | undefined> | string>,
  options: Parameters<World['register']>[0] = {}
): Promise<void> {
  const [client, visitor] = [await world.register(options), await world.visitor()]
  for (const request of requests) {
    const answer =
      typeof request === 'string'
        ? await ask(visitor, client, {}, request)
        : await ask(visitor, client, request)
    await goesBack(t, world, answer, error, REDIRECT_URI, JSON.stringify(request))
  }
}

/** Every one of the requests leads to the consent page. */
export async function shown(
  t: Test,
  world: World,
  requests: Array<Record<string, string | undefined> | string>,
  options: Parameters<World['register']>[0] = {}
): Promise<void> {
  const [client, visitor] = [await world.register(options), await world.visitor()]
  for (const request of requests) {
    const answer =
      typeof request === 'string'
        ? await ask(visitor, client, {}, request)
        : await ask(visitor, client, request)
    t.equal(answer.status, 200, JSON.stringify(request))
    t.match(await answer.text(), 'name="decision"', JSON.stringify(request))
  }
}
