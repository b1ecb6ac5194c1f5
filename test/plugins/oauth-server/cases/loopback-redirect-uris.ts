import type { Test } from 'tap'
import { ask } from './expected.ts'
import { refused, registrationRefuses } from './redirect-uri-refusals.ts'
import type { Case, World } from './world.ts'

async function accepted(
  t: Test,
  world: World,
  uris: string[],
  registered: string[]
): Promise<void> {
  const [client, visitor] = [
    await world.register({ uris: registered, method: 'none' }),
    await world.visitor()
  ]
  for (const uri of uris) {
    const answer = await ask(visitor, client, { redirect_uri: uri })
    t.equal(answer.status, 200, uri)
    t.match(await answer.text(), 'name="decision"', uri)
  }
}

const notLoopback = [
  'http://localhost.evil.com/cb',
  'http://127.0.0.1.evil/cb',
  'http://127.0.0.1@evil/cb',
  'http://2130706433/cb',
  'http://0x7f.1/cb',
  'http://[::ffff:127.0.0.1]/cb',
  'http://0.0.0.0/cb'
]

export const loopbackRedirectUriCases: Case[] = [
  {
    number: 16,
    title: 'what only looks like loopback is not: neither registered nor used',
    run: async (t, world) => {
      await registrationRefuses(t, world, notLoopback)
      await refused(t, world, notLoopback, ['http://127.0.0.1/cb', 'http://localhost/cb'])
    }
  },
  {
    number: 17,
    title: 'a registered loopback address may come with another port',
    run: (t, world) =>
      accepted(
        t,
        world,
        [
          'http://127.0.0.1:1/cb',
          'http://127.0.0.1:65535/cb',
          'http://127.0.0.1/cb',
          'http://localhost:33418/cb',
          'http://[::1]:8080/cb'
        ],
        ['http://127.0.0.1/cb', 'http://localhost:5/cb', 'http://[::1]/cb']
      )
  },
  {
    number: 18,
    title: 'a loopback address with another path, query, host or scheme is refused',
    run: (t, world) =>
      refused(
        t,
        world,
        [
          'http://127.0.0.1:80/other',
          'http://127.0.0.1/cb?x=1',
          'http://localhost/cb',
          'http://[::1]/cb',
          'https://127.0.0.1:8443/cb',
          'http://127.0.0.2/cb'
        ],
        ['http://127.0.0.1/cb', 'https://127.0.0.1/cb']
      )
  },
  {
    number: 19,
    title: 'a port that is no port is refused',
    run: (t, world) =>
      refused(
        t,
        world,
        ['0', '65536', '99999', '080', '', '-1', '8o'].map((port) => `http://127.0.0.1:${port}/cb`),
        ['http://127.0.0.1/cb']
      )
  }
]
