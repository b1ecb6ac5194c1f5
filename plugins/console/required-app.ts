import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import { type App, findApp } from '../../domain/apps/app.ts'
import { PageError } from '../../lib/errors.ts'

/** The app or key of this person with that id. Throws PageError 404 for any other id. */
export async function requireApp(
  app: FastifyInstance,
  { texts }: FastifyRequest,
  session: Session,
  id: string
): Promise<App> {
  const personApp = await findApp(app.console.context(session), id)
  if (personApp) return personApp
  throw new PageError(404, texts.apps.notFound, texts.apps.notFoundText, {
    reason: 'app_not_found',
    link: { href: '/apps', text: texts.apps.title }
  })
}
