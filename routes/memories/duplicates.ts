import type { FastifyInstance } from 'fastify'
import { type Duplicates, findDuplicates } from '../../domain/memory/duplicates.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { queryOf } from '../../plugins/form-parameters.ts'
import { withParameter } from './list.ts'

/** Characters of each value side by side. */
const VALUE_LENGTH = 400

/** GET /memories/duplicates: what may be stored twice, and what contradicts or replaces it. */
export function registerDuplicates(app: FastifyInstance): void {
  app.get('/duplicates', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const context = app.console.context(session)
    const after = queryOf(request.url).get('after')
    const load = (cursor: string | undefined): Promise<Duplicates> =>
      findDuplicates(context, { cursor, valueLimit: VALUE_LENGTH })
    const { pairs, next_cursor: cursor } = await load(after).catch((error: unknown) => {
      if (error instanceof ToolError) return load(undefined)
      throw error
    })
    return app.console.show(request, reply, session, 'memories/duplicates', {
      pairs,
      back: request.url,
      ...(cursor !== undefined && { next: withParameter(request.url, cursor) }),
      ...(after !== undefined && { first: withParameter(request.url, undefined) })
    })
  })
}
