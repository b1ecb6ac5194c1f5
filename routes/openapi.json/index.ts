import type { FastifyPluginAsync } from 'fastify'
import { apiErrorHandler } from '../../plugins/error-handler/dialects.ts'
import { ApiError } from '../../lib/errors.ts'
import { isSetUp } from '../../tools/index.ts'
import { chosenTools, UnknownChoiceError } from '../../tools/profiles.ts'
import { openApiDocument } from './document.ts'

/** Fits most GPTs, with fewer operations than the limit of ChatGPT. */
const DEFAULT_PROFILE = 'memory'

/**
 * The OpenAPI description of the tools over REST. It is public, because it has no personal data.
 * `?profile=` and `?tools=` choose the operations.
 */
const openApiRoute: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(apiErrorHandler)
  app.get('', async (request, reply) => {
    try {
      const describedTools = [...chosenTools(request.url, DEFAULT_PROFILE)].filter((tool) =>
        isSetUp(tool, app.web.providers)
      )
      return await reply.send(openApiDocument(app.publicUrl, new Set(describedTools)))
    } catch (error) {
      throw error instanceof UnknownChoiceError
        ? new ApiError(400, 'invalid_request', error.message)
        : error
    }
  })
}
export default openApiRoute
