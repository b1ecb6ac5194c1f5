import type { FastifyRequest } from 'fastify'
import { PageError } from '../../lib/errors.ts'

/** Ids outside this pattern are not looked up: the database refuses NUL. */
export const memoryIdPattern = /^[\w.:-]{1,255}$/

/** The id in the URL. Throws PageError 404 for what cannot be an id. */
export function requireMemoryId(request: FastifyRequest): string {
  const memoryId = (request.params as { memory_id: string }).memory_id
  if (!memoryIdPattern.test(memoryId)) throw memoryNotFound(request)
  return memoryId
}

/** The answer to an id that is unknown, or of another person. */
export function memoryNotFound({ texts: { memories: texts } }: FastifyRequest): PageError {
  return new PageError(404, texts.notFound, texts.notFoundText, {
    reason: 'memory_not_found',
    advice: texts.notFoundAdvice,
    link: { href: '/memories', text: texts.title }
  })
}
