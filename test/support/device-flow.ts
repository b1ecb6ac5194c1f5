import { issueClient } from '../../db/oauth/clients.ts'
import type { Answer, OAuthClient } from './oauth-client.ts'
import type { Running } from './running.ts'
import type { Page, Visitor } from './visitor.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** The answer of the device authorization endpoint. */
export interface Asked {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  interval: number
  expires_in: number
}

/** What a device and its person do against this service. */
export function deviceFlow({ app, url, person, signedIn }: Running) {
  async function post(path: string, form: Record<string, string>): Promise<Answer> {
    const answer = await fetch(url + path, { method: 'POST', body: new URLSearchParams(form) })
    return { ...((await answer.json()) as object), status: answer.status, headers: answer.headers }
  }

  return {
    /** A public client that has no browser of its own. */
    async deviceClient(): Promise<OAuthClient> {
      const id = `device-${crypto.randomUUID()}`
      await issueClient(app.db, id, {
        client_name: 'Terminal',
        redirect_uris: [],
        grant_types: [DEVICE_GRANT, 'refresh_token'],
        scope: 'mcp:tools',
        token_endpoint_auth_method: 'none'
      })
      return { client_id: id, redirect_uri: '' }
    },
    async ask(client: OAuthClient, form: Record<string, string> = {}): Promise<Asked & Answer> {
      return (await post('/api/v1/oauth/device_authorization', {
        client_id: client.client_id,
        ...form
      })) as Asked & Answer
    },
    poll: (client: OAuthClient, { device_code: code }: Asked) =>
      post('/api/v1/oauth/token', {
        grant_type: DEVICE_GRANT,
        device_code: code,
        client_id: client.client_id
      }),
    /** A browser with somebody signed in. */
    visitor: async () => signedIn((await person()).email),
    async enter(visitor: Visitor, userCode: string): Promise<Page> {
      return visitor.submit(await visitor.get('/device'), { user_code: userCode })
    },
    /** Decides on the consent page; `scope` limits the boxes that stay ticked. */
    decide(
      visitor: Visitor,
      consent: Page,
      decision: 'approve' | 'deny',
      scope?: string[]
    ): Promise<Page> {
      const [form] = consent.forms
      const fields = form!.fields.filter(
        ([name, value]) => name !== 'scope' || scope === undefined || scope.includes(value)
      )
      return visitor.post(form!.action, [...fields, ['decision', decision]])
    },
    grantsOf: (client: OAuthClient) =>
      app.db
        .selectFrom('oauth_grants')
        .selectAll()
        .where('client_id', '=', client.client_id)
        .execute(),
    rowOf: (client: OAuthClient) =>
      app.db
        .selectFrom('oauth_device_codes')
        .selectAll()
        .where('client_id', '=', client.client_id)
        .executeTakeFirstOrThrow(),
    expire: (client: OAuthClient) =>
      app.db
        .updateTable('oauth_device_codes')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
  }
}
