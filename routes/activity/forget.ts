import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import type { App } from '../../domain/apps/app.ts'
import { forgetCalls } from '../../domain/apps/activity.ts'
import { PageError } from '../../lib/errors.ts'
import { DAY_MS } from '../../domain/time/zone.ts'
import { requireApp } from '../../plugins/console/required-app.ts'
import { displayName } from '../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'

interface ForgetChoice {
  personApp: App | undefined
  /** Only calls that are older; undefined is all. */
  days: number | undefined
}

/** Deletes tool calls of a person after a confirmation: all, those of an app, or old ones. */
export function forgetPages(app: FastifyInstance): void {
  app.get('/forget', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { activity: texts, common } = request.texts
    const { personApp, days } = await readChoice(app, request, session, queryOf(request.url))
    return app.console.show(request, reply, session, 'confirm-action', {
      title: personApp
        ? texts.forgetTitleOf(displayName(personApp.name, common.unnamedApp))
        : texts.forgetTitle,
      points: [
        days === undefined ? texts.forgetPoint : texts.forgetPointOlder(days),
        texts.forgetKeeps
      ],
      action: '/activity/forget',
      fields: [
        ...(personApp ? [['app', personApp.app_id] as [string, string]] : []),
        ...(days === undefined ? [] : [['days', String(days)] as [string, string]])
      ],
      button: texts.forgetButton,
      back: '/activity'
    })
  })

  app.post('/forget', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { personApp, days } = await readChoice(app, request, session, formOf(request))
    const calls = await forgetCalls(app.console.context(session), {
      app_id: personApp?.source_id,
      until: days === undefined ? undefined : new Date(Date.now() - days * DAY_MS)
    })
    const chosen = {
      ...(personApp && { app: personApp.source_id }),
      ...(days !== undefined && { days })
    }
    await request.audit('memory.history_cleared', {
      user_id: session.user_id,
      details: { calls, ...chosen }
    })
    const notice = request.texts.activity.forgotten(calls)
    return app.console.redirect(reply, session, '/activity', { notice })
  })
}

/** Throws PageError for an app that is not this person's and for odd days: they mean not all. */
async function readChoice(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  parameters: Parameters
): Promise<ForgetChoice> {
  const appId = parameters.get('app')
  const days = parameters.get('days')
  if (days !== undefined && !/^[1-9]\d{0,3}$/.test(days)) {
    const { notFound, notFoundText } = request.texts.activity
    throw new PageError(400, notFound, notFoundText, { reason: 'days_invalid' })
  }
  return {
    personApp: appId === undefined ? undefined : await requireApp(app, request, session, appId),
    days: days === undefined ? undefined : Number(days)
  }
}
