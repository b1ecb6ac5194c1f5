/** Requests of one kind. `bodies`: one for each request; `chain`: the refresh tokens of the lanes, put behind `body`. */
export interface Load { url: string, method: 'GET' | 'POST', headers: Record<string, string>, status: number, count: number, body: string, bodies?: string[] | undefined, chain?: string[] | undefined }

/** A server that runs, and what can be sent to it. */
export interface Target {
  name: string
  pid: number
  /** Of a bare limit: how many SELECTs it sends. */
  selects?: number
  loads: Partial<Record<Workload, Omit<Load, 'count'>>>
  stop: () => Promise<unknown>
}

export const workloads = ['introspection', 'wrong token', 'refresh', 'code'] as const
export type Workload = typeof workloads[number]

/** How much is prepared for a target. */
export interface Amounts { lanes: number, codes: number }

export const REDIRECT_URI = 'https://client.example/callback'
export const VERIFIER = 'v'.repeat(64)
export const SECRET = 'a-secret-of-the-client-that-is-long-enough'
export const form = { 'content-type': 'application/x-www-form-urlencoded' }
const credentials = `client_id=client&client_secret=${SECRET}`

/** The same requests for an authorization server at these addresses. */
export function loadsFor (at: { introspection: string, token: string, resource: Pick<Load, 'url' | 'method'> }, made: { access: string, refresh: string[], codes: string[] }): Target['loads'] {
  const post = (url: string, body: string) => ({ url, method: 'POST' as const, headers: form, status: 200, body })
  return {
    introspection: post(at.introspection, `${credentials}&token=${made.access}`),
    'wrong token': { ...at.resource, headers: { authorization: `Bearer ${made.access.slice(0, -4)}0000`, 'content-type': 'application/json' }, status: 401, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' },
    refresh: { ...post(at.token, `${credentials}&grant_type=refresh_token&refresh_token=`), chain: made.refresh },
    code: { ...post(at.token, ''), bodies: made.codes.map((code) => `${credentials}&grant_type=authorization_code&redirect_uri=${encodeURIComponent(REDIRECT_URI)}&code_verifier=${VERIFIER}&code=${code}`) }
  }
}
