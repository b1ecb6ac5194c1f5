import type { Test } from 'tap'
import { requestAuthorization } from './expectations.ts'
import { expectRedirectUrisRefused, expectRegistrationRefuses } from './redirect-uri-refusals.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

async function expectRedirectUrisAccepted(
  t: Test,
  service: DeployedService,
  uris: string[],
  registered: string[]
): Promise<void> {
  const [client, visitor] = [
    await service.register({ uris: registered, method: 'none' }),
    await service.visitor()
  ]
  for (const uri of uris) {
    const answer = await requestAuthorization(visitor, client, { redirect_uri: uri })
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
    title: 'a host that only looks like loopback is refused, at registration too',
    run: async (t, service) => {
      await expectRegistrationRefuses(t, service, notLoopback)
      await expectRedirectUrisRefused(t, service, notLoopback, [
        'http://127.0.0.1/cb',
        'http://localhost/cb'
      ])
    }
  },
  {
    title: 'a registered loopback redirect_uri is accepted with any port',
    run: (t, service) =>
      expectRedirectUrisAccepted(
        t,
        service,
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
    title: 'a loopback redirect_uri with a different path, query, host or scheme is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(
        t,
        service,
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
    title: 'a loopback redirect_uri with an invalid port is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(
        t,
        service,
        ['0', '65536', '99999', '080', '', '-1', '8o'].map((port) => `http://127.0.0.1:${port}/cb`),
        ['http://127.0.0.1/cb']
      )
  }
]
