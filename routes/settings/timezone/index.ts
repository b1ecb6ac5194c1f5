import type { FastifyPluginAsync } from 'fastify'
import { updateTimezone } from '../../../db/people/users.ts'
import { canonicalTimezone, similarZones } from '../../../domain/time/zone.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { typedText } from '../../../plugins/notices.ts'

const PATH = '/settings/language'
/** Characters of a wrong name that the page repeats. */
const MAX_NAMED = 60

/**
 * Sets the time zone of a person, which defines words such as "yesterday". It is not sensitive, so
 * the form needs no password.
 */
const setTimezone: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.redirect(PATH, 303))

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { settings: texts } = request.texts
    const zoneText = (formOf(request).get('timezone') ?? '').trim()
    const timezone = zoneText === '' ? null : canonicalTimezone(zoneText)
    if (timezone === undefined) {
      const similarNames = similarZones(zoneText).join(', ')
      const text = texts.timezoneUnknown(zoneText.slice(0, MAX_NAMED), similarNames)
      return app.console.redirect(reply, session, PATH, {
        problem: { form: 'timezone', field: 'timezone', text },
        typed: { timezone: typedText(zoneText) },
        status: 400
      })
    }
    await updateTimezone(app.db, session.user_id, timezone)
    await request.audit('user.timezone_changed', {
      user_id: session.user_id,
      details: { to: timezone ?? 'UTC' }
    })
    const notice = texts.timezoneSaved(timezone ?? 'UTC')
    return app.console.redirect(reply, session, PATH, { notice })
  })
}
export default setTimezone
