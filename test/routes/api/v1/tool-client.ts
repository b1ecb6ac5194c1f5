interface Answer {
  status: number
  headers: Headers
  body: any
}

/**
 * Returns a client for the tool routes of this service. It sends `key` by default.
 */
export function toolClient(url: string, key: string) {
  return async function ask(
    path: string,
    {
      credential = key,
      method = 'POST',
      headers = {},
      body
    }: {
      credential?: string | null
      method?: string
      headers?: Record<string, string>
      body?: unknown
    } = {}
  ): Promise<Answer> {
    const answer = await fetch(`${url}/api/v1/tools${path}`, {
      method,
      headers: {
        ...(credential !== null && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse((await answer.text()) || 'null')
    }
  }
}
