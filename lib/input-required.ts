/** A question to the client or its person: the method and params of a request of MCP. */
export interface InputRequest {
  method: string
  params: Record<string, unknown>
}

/** A call cannot go on before the client answered these questions. It then repeats the call. */
export class InputRequiredError extends Error {
  override name = 'InputRequiredError'
  readonly requests: Readonly<Record<string, InputRequest>>
  /** What the call wants to know again when it is repeated. */
  readonly state: string | undefined
  constructor(requests: Record<string, InputRequest>, state?: string) {
    super('The call waits for an answer.')
    this.requests = requests
    this.state = state
  }
}
