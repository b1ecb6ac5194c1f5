export interface Registered extends Record<string, unknown> {
  status: number
  headers: Headers
  client_id: string
  client_secret?: string
  registration_client_uri: string
  registration_access_token: string
}

/** Registers a client dynamically (RFC 7591). A string is sent unchanged. */
export function registerDynamically(
  url: string,
  metadata: object | string,
  path = '/api/v1/oauth/register',
  headers: Record<string, string> = {}
): Promise<Registered> {
  return send(`${url}${path}`, { method: 'POST', body: metadata, headers })
}

/** Reads, updates or deletes a client at its configuration endpoint (RFC 7592). */
export function manage(
  uri: string,
  method: 'GET' | 'PUT' | 'DELETE',
  token: string | undefined,
  metadata?: object
): Promise<Registered> {
  return send(uri, {
    method,
    body: metadata,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  })
}

async function send(
  uri: string,
  {
    method,
    body,
    headers
  }: { method: string; body?: object | string | undefined; headers: Record<string, string> }
): Promise<Registered> {
  const answer = await fetch(uri, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await answer.text()
  return {
    ...(text === '' ? {} : JSON.parse(text)),
    status: answer.status,
    headers: answer.headers
  }
}
