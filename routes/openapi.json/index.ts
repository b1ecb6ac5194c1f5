import type { FastifyPluginAsync } from 'fastify'
import { apiErrorHandler } from '../../plugins/error-handler/dialects.ts'
import { ApiError } from '../../lib/errors.ts'
import { isSetUp } from '../../tools/index.ts'
import { chosenTools, UnknownChoiceError } from '../../tools/profiles.ts'
import { openApiDocument } from './document.ts'

/** What most GPTs want, in fewer operations than ChatGPT takes. */
const DEFAULT_PROFILE = 'memory'

/**
 * The OpenAPI description of the tools as plain REST; public, as it says nothing of anybody.
 * `?profile=` and `?tools=` choose the operations.
 */
const openApi: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(apiErrorHandler)
  app.get('', async (request, reply) => {
    try {
      const chosen = [...chosenTools(request.url, DEFAULT_PROFILE)].filter((tool) =>
        isSetUp(tool, app.web.providers)
      )
      return await reply.send(openApiDocument(app.publicUrl, new Set(chosen)))
    } catch (error) {
      throw error instanceof UnknownChoiceError
        ? new ApiError(400, 'invalid_request', error.message)
        : error
    }
  })
}
export default openApi
