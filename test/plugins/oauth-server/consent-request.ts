import { authorizationUrl, type OAuthClient } from '../../support/oauth-client.ts'
import type { Page, Visitor } from '../../support/visitor.ts'

/** Whether the page is the consent page. */
export const asksAgain = ({ status, html }: Page) => status === 200 && /name="decision"/.test(html)

/** Opens an authorization request: its page, or the parameters of its redirect. */
export async function ask(
  visitor: Visitor,
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {},
  headers: Record<string, string> = {}
) {
  const authorizationRequest = authorizationUrl(client, overrides)
  const page = await visitor.get(authorizationRequest.url, headers)
  const location = page.headers.get('location')
  const answer = location === null ? new URLSearchParams() : new URL(location).searchParams
  return {
    page,
    authorizationRequest,
    answer,
    asks: asksAgain(page),
    code: answer.get('code') ?? ''
  }
}
