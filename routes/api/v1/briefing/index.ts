import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../../../lib/errors.ts'
import { type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'
import {
  authenticateRest,
  callToolOverRest,
  refuseOtherMethods
} from '../../../../plugins/tool-calls/rest.ts'
import { memoryBriefing } from '../../../../tools/memory/briefing.ts'

/** Parameters of the address, and the arguments of memory_briefing that they stand for. */
const parameterNames = {
  prompt: 'prompt',
  project: 'project_id',
  max_tokens: 'max_tokens',
  namespace: 'agent_name'
} as const
const formats = ['json', 'text']

/**
 * What a new session should know, for hooks and scripts: the tool memory_briefing as one GET.
 * `format=text`, or `Accept: text/plain`, gives the text alone.
 */
const briefing: FastifyPluginAsync = async (app) => {
  authenticateRest(app)
  app.get('', async (request, reply) => {
    const query = queryOf(request.url)
    const args = argumentsOf(query)
    return callToolOverRest(
      app,
      request,
      reply,
      memoryBriefing,
      args,
      wantsText(request, query) ? sendText : undefined
    )
  })
  refuseOtherMethods(app, '', 'GET', 'Give prompt, project, max_tokens and namespace in it.')
}
export default briefing

/** Throws ApiError 400 for a parameter that is unknown, repeated or no text. */
function argumentsOf(query: Parameters): Record<string, string> {
  const args: Record<string, string> = {}
  const broken = query.malformed[0] ?? query.repeated()[0]
  if (broken !== undefined) {
    const problem = `Give ${broken.slice(0, 64)} once, as UTF-8 text without NUL.`
    throw new ApiError(400, 'invalid_request', problem)
  }
  for (const name of query.names()) {
    if (name === 'format') continue
    if (!Object.hasOwn(parameterNames, name)) {
      throw new ApiError(
        400,
        'invalid_request',
        `There is no parameter "${name.slice(0, 64)}". ` +
          `There are: ${Object.keys(parameterNames).join(', ')}, format.`
      )
    }
    args[parameterNames[name as keyof typeof parameterNames]] = query.get(name) ?? ''
  }
  return args
}

function wantsText({ headers }: FastifyRequest, query: Parameters): boolean {
  const format = query.get('format')
  if (format !== undefined && !formats.includes(format)) {
    throw new ApiError(400, 'invalid_request', `format must be one of ${formats.join(', ')}.`)
  }
  return format === undefined ? /^text\/plain\b/i.test(headers.accept ?? '') : format === 'text'
}

function sendText(reply: FastifyReply, { text }: { text: string }): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(`${text}\n`)
}
