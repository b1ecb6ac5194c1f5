import type { FastifyPluginAsync } from 'fastify'
import { updateLanguage } from '../../../db/people/users.ts'
import { type Language, languages } from '../../../lib/language.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { catalogues } from '../../../views/texts/index.ts'

const PATH = '/settings/language'

/** The language of a person's pages, and their time zone. */
const languagePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    return app.console.show(request, reply, session, 'settings/language', {
      chosenLanguage: session.language,
      timezone: session.timezone,
      zones: Intl.supportedValuesOf('timeZone')
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const chosenName = formOf(request).get('language')
    if (chosenName !== undefined && !languages.includes(chosenName as Language)) {
      const text = request.texts.settings.languageUnknown
      const problem = { form: 'language', field: 'language', text }
      return app.console.redirect(reply, session, PATH, { problem, status: 400 })
    }
    const language = (chosenName ?? null) as Language | null
    await updateLanguage(app.db, session.user_id, language)
    await request.audit('user.language_changed', {
      user_id: session.user_id,
      details: { to: language ?? 'browser' }
    })
    // The next page is in the new language, and so is its notice.
    const { settings: texts } = language === null ? request.texts : catalogues[language]
    return app.console.redirect(reply, session, PATH, { notice: texts.languageSaved })
  })
}
export default languagePage
