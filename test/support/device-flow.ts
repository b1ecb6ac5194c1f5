import { issueClient } from '../../db/oauth/clients.ts'
import { type Answer, type OAuthClient, postForm, token } from './oauth-client.ts'
import type { Running } from './running.ts'
import type { Page, Visitor } from './visitor.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** The answer of the device authorization endpoint. */
export interface DeviceAuthorization {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  interval: number
  expires_in: number
}

/** The steps of a device and of its person at this service (RFC 8628). */
export function deviceFlow({ app, url, person, signedIn }: Running) {
  return {
    /** Registers a public client without a redirect URI. */
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
    async ask(
      client: OAuthClient,
      form: Record<string, string> = {}
    ): Promise<DeviceAuthorization & Answer> {
      return (await postForm(`${url}/api/v1/oauth/device_authorization`, {
        client_id: client.client_id,
        ...form
      })) as DeviceAuthorization & Answer
    },
    poll: (client: OAuthClient, { device_code: code }: DeviceAuthorization) =>
      token(url, { grant_type: DEVICE_GRANT, device_code: code, client_id: client.client_id }),
    /** A browser in which a new person has signed in. */
    visitor: async () => signedIn((await person()).email),
    async enter(visitor: Visitor, userCode: string): Promise<Page> {
      return visitor.submit(await visitor.get('/device'), { user_code: userCode })
    },
    /** Decides on the consent page. `scope` lists the boxes that stay ticked. */
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
