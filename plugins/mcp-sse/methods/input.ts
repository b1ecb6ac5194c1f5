import { RpcError } from '../../../lib/errors.ts'
import { type InputRequest, InputRequiredError } from '../../../lib/input-required.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import { isObject, type RpcParams } from '../messages.ts'

/** MCP 2026-07-28, Basic, Error Codes. */
const MISSING_CAPABILITY = -32021
const CONFIRMATION = 'confirmation'

/**
 * The questions of a call and their answers (MCP 2026-07-28, Multi Round-Trip Requests). A question
 * ends the call; the client repeats it with the answer.
 */
export class InputExchange {
  readonly #capabilities: RpcParams
  /** By the names of the questions. Empty unless this server asked them about the same call. */
  readonly responses: RpcParams
  /** What the call left for its repetition. */
  readonly state: string | undefined

  constructor(capabilities: RpcParams, responses: RpcParams, state: string | undefined) {
    this.#capabilities = capabilities
    this.responses = responses
    this.state = state
  }

  /** Throws InputRequiredError, or RpcError 400 if the client cannot answer. */
  ask(requests: Record<string, InputRequest>, state?: string): never {
    for (const request of Object.values(requests)) {
      const required = capabilitiesFor(request)
      if (lacksAny(this.#capabilities, required)) throw missingCapability(required)
    }
    throw new InputRequiredError(requests, state)
  }

  /** Whether the client can show a form to its person. */
  get canConfirm(): boolean {
    return !lacksAny(this.#capabilities, { elicitation: { form: {} } })
  }

  /** Returns once the person agreed. Throws ToolError if they did not, else InputRequiredError. */
  confirm(message: string): void {
    const response = this.responses[CONFIRMATION]
    if (!isObject(response)) this.ask({ [CONFIRMATION]: confirmationForm(message) })
    const { action, content } = response
    if (action === 'accept' && isObject(content) && content['confirmed'] === true) return
    throw new ToolError(
      'The person did not confirm this, so nothing was changed. Ask them what they want instead.'
    )
  }
}

function confirmationForm(message: string): InputRequest {
  const confirmed = { type: 'boolean', title: 'Yes, go on', default: false }
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message,
      requestedSchema: { type: 'object', properties: { confirmed }, required: ['confirmed'] }
    }
  }
}

/** The error for a client that lacks a capability, in the shape of ClientCapabilities. */
export function missingCapability(requiredCapabilities: RpcParams): RpcError {
  const names = Object.keys(requiredCapabilities).join(', ')
  return new RpcError(
    400,
    MISSING_CAPABILITY,
    `Missing client capability: this needs ${names}, which the client does not declare.`,
    { requiredCapabilities }
  )
}

function capabilitiesFor({ method, params }: InputRequest): RpcParams {
  if (method === 'sampling/createMessage') return { sampling: {} }
  if (method === 'roots/list') return { roots: {} }
  return { elicitation: params['mode'] === 'url' ? { url: {} } : { form: {} } }
}

function lacksAny(declared: RpcParams, required: RpcParams): boolean {
  return Object.entries(required).some(([name, parts]) => {
    const capability = declared[name]
    if (!isObject(capability)) return true
    // An empty elicitation capability stands for forms.
    if (name === 'elicitation' && Object.keys(capability).length === 0) {
      return !Object.hasOwn(parts as object, 'form')
    }
    return Object.keys(parts as object).some((part) => !isObject(capability[part]))
  })
}
