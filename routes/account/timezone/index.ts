import type { FastifyPluginAsync } from 'fastify'
import { updateTimezone } from '../../../db/people/users.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { typedText } from '../../../plugins/notices.ts'
import { timezoneFault, canonicalTimezone } from '../../../domain/time/zone.ts'

/**
 * Sets the time zone of a person, which defines words such as "yesterday". It is not sensitive, so
 * the form needs no password.
 */
const setTimezone: FastifyPluginAsync = async (app) => {
  app.get('', async (_, reply) => reply.redirect('/account/profile', 303))
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const zoneText = (formOf(request).get('timezone') ?? '').trim()
    const timezone = zoneText === '' ? null : canonicalTimezone(zoneText)
    if (timezone === undefined) {
      const zoneProblem = { form: 'timezone', field: 'timezone', text: timezoneFault(zoneText) }
      const typedFields = { timezone: typedText(zoneText) }
      await app.notices.leave(session, 'profile', {
        problem: zoneProblem,
        typed: typedFields,
        status: 400
      })
      return reply.header('cache-control', 'no-store').redirect('/account/profile', 303)
    }
    await updateTimezone(app.db, session.user_id, timezone)
    await request.audit('user.timezone_changed', {
      user_id: session.user_id,
      details: { to: timezone ?? 'UTC' }
    })
    const savedNotice =
      `Your time zone is ${timezone ?? 'UTC'}. ` + 'Words such as "yesterday" now refer to it.'
    return app.account.redirectTo(reply, session, { notice: savedNotice })
  })
}
export default setTimezone
