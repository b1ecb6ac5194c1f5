import type { FastifyPluginAsync } from 'fastify'
import { updateTimezone } from '../../../db/people/users.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { typedText } from '../../../plugins/notices.ts'
import { timezoneFault, canonicalTimezone } from '../../../domain/time/zone.ts'

/**
 * The time zone of a person, in which "yesterday" is meant. Nothing is given away by it: no
 * password.
 */
const timezone: FastifyPluginAsync = async (app) => {
  app.get('', async (_, reply) => reply.redirect('/account/profile', 303))
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const text = (formOf(request).get('timezone') ?? '').trim()
    const zone = text === '' ? null : canonicalTimezone(text)
    if (zone === undefined) {
      const problem = { form: 'timezone', field: 'timezone', text: timezoneFault(text) }
      const typed = { timezone: typedText(text) }
      await app.notices.leave(session, 'profile', { problem, typed, status: 400 })
      return reply.header('cache-control', 'no-store').redirect('/account/profile', 303)
    }
    await updateTimezone(app.db, session.user_id, zone)
    await request.audit('user.timezone_changed', {
      user_id: session.user_id,
      details: { to: zone ?? 'UTC' }
    })
    const notice = `Your time zone is ${zone ?? 'UTC'}. Words such as "yesterday" are meant in it from now on.`
    return app.account.redirectTo(reply, session, { notice })
  })
}
export default timezone
