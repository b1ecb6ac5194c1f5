import type { FastifyInstance, FastifyRequest } from 'fastify'
import { briefingSizes, composeBriefing } from '../../domain/briefing/index.ts'
import { listProjects } from '../../domain/coding/projects.ts'
import type { CallContext } from '../../domain/context.ts'
import type { MemoryPages } from '../../plugins/console/pages/memories.ts'
import { queryOf } from '../../plugins/form-parameters.ts'
import { typedText } from '../../plugins/notices.ts'

const MAX_PROMPT_LENGTH = 2000
const MAX_NAME_LENGTH = 255
/** Projects that the field offers. */
const MAX_OFFERED = 50

/** GET /memories/briefing: what a new session would be told. */
export function registerBriefing(app: FastifyInstance): void {
  app.get('/briefing', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const data = await briefingData(app.console.context(session), request)
    const status = data.problem ? 400 : 200
    return app.console.show(request, reply, session, 'memories/briefing', data, status)
  })
}

async function briefingData(
  context: CallContext,
  request: FastifyRequest
): Promise<MemoryPages['memories/briefing']> {
  const query = queryOf(request.url)
  const field = (name: string, length: number) =>
    typedText(query.get(name)).replaceAll('\0', '').trim().slice(0, length)
  const fields = {
    prompt: field('prompt', MAX_PROMPT_LENGTH),
    project: field('project', MAX_NAME_LENGTH),
    tokens: field('tokens', 10) || String(briefingSizes.default)
  }
  const size = /^\d{1,6}$/.test(fields.tokens) ? Number(fields.tokens) : 0
  const isSize = size >= briefingSizes.min && size <= briefingSizes.max
  const briefing = await composeBriefing(context, {
    prompt: fields.prompt,
    project: fields.project,
    max_tokens: isSize ? size : briefingSizes.default,
    includesCoding: true
  })
  const { projects } = await listProjects(context, { limit: MAX_OFFERED, offset: 0 })
  const sizeProblem = request.texts.briefing.sizeProblem(briefingSizes.min, briefingSizes.max)
  return {
    fields,
    projects: projects.map(({ project_id: projectId }) => projectId),
    limits: briefingSizes,
    briefing,
    ...(!isSize && { problem: { form: 'briefing', field: 'tokens', text: sizeProblem } })
  }
}
