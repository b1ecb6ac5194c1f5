export type Caller = (tool: string, args: object) => Promise<string>

/** Calls tools at an MCP URL with a key. Rejects when the answer is an error. */
export function newCaller(url: string, key: string): Caller {
  return async (tool, args) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${key}`
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: args }
      })
    })
    const body = await answer.text()
    if (answer.ok && !body.includes('"isError":true') && !body.includes('"error":')) return body
    throw new Error(`${tool}: ${answer.status} ${body.slice(0, 500)}`)
  }
}
