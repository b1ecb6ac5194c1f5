import type { Test } from 'tap'
import type { DeployedService } from '../../../support/deployed-service.ts'
import { type ClientOptions, REDIRECT_URI } from '../../../support/oauth-client.ts'
import { expectErrorRedirect, requestAuthorization } from './expectations.ts'

/** Overrides of the usual parameters, or text to append to the query. */
type AuthorizationRequest = Record<string, string | undefined> | string

/** Expects each request to redirect to the client with that error. */
export async function expectErrorRedirects(
  t: Test,
  service: DeployedService,
  error: string,
  requests: AuthorizationRequest[],
  options: ClientOptions = {}
): Promise<void> {
  for (const { request, answer } of await sendEach(service, requests, options)) {
    await expectErrorRedirect(t, service, answer, error, REDIRECT_URI, request)
  }
}

/** Expects each request to get the consent page. */
export async function expectConsentPages(
  t: Test,
  service: DeployedService,
  requests: AuthorizationRequest[],
  options: ClientOptions = {}
): Promise<void> {
  for (const { request, answer } of await sendEach(service, requests, options)) {
    t.equal(answer.status, 200, request)
    t.match(await answer.text(), 'name="decision"', request)
  }
}

async function sendEach(
  service: DeployedService,
  requests: AuthorizationRequest[],
  options: ClientOptions
): Promise<Array<{ request: string; answer: Response }>> {
  const [client, visitor] = [await service.register(options), await service.visitor()]
  const answers = []
  for (const request of requests) {
    const [overrides, rawQuery] = typeof request === 'string' ? [{}, request] : [request, '']
    answers.push({
      request: JSON.stringify(request),
      answer: await requestAuthorization(visitor, client, overrides, rawQuery)
    })
  }
  return answers
}
