import type { Test } from 'tap'
import { postTo, requestAuthorization, expectErrorPage } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'

export const CALLBACK = 'https://good.example/cb'

/** Expects a page without a redirect for each URI, from a client with the registered URIs. */
export async function expectRedirectUrisRefused(
  t: Test,
  service: DeployedService,
  uris: string[],
  registered = [CALLBACK]
): Promise<void> {
  const [client, visitor] = [await service.register({ uris: registered }), await service.visitor()]
  for (const uri of uris) {
    await expectErrorPage(
      t,
      await requestAuthorization(visitor, client, { redirect_uri: uri }),
      JSON.stringify(uri)
    )
  }
}

/** Expects dynamic registration to refuse each URI. */
export async function expectRegistrationRefuses(
  t: Test,
  service: DeployedService,
  uris: string[]
): Promise<void> {
  for (const uri of uris) {
    const answer = await postTo(
      service,
      '/api/v1/oauth/register',
      JSON.stringify({ redirect_uris: [uri] }),
      { 'content-type': 'application/json' }
    )
    t.match(answer, { status: 400, error: 'invalid_redirect_uri' }, uri)
  }
}
