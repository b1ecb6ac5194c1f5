import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { stylesheet } from '../../plugins/consent-views/index.ts'

const etag = `"${stylesheet.hash}"`

/**
 * The stylesheet of every page. Browsers keep it for a year under its hash, and ask again under any
 * other URL.
 */
const stylesheetRoute: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    { schema: { querystring: Type.Object({ v: Type.Optional(Type.String()) }) } },
    async (request, reply) => {
      reply.headers({
        'content-type': 'text/css; charset=utf-8',
        'cache-control':
          request.query.v === stylesheet.hash ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag,
        'x-content-type-options': 'nosniff'
      })
      const isUnchanged = request.headers['if-none-match']
        ?.split(',')
        .some((tag) => tag.trim().replace(/^W\//, '') === etag)
      return isUnchanged ? reply.code(304).send() : reply.send(stylesheet.text)
    }
  )
}
export default stylesheetRoute
