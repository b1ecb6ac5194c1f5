import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  API_KEY_PREFIX,
  type ApiKey,
  insertApiKey,
  type NewApiKey
} from '../../db/people/api-keys.ts'
import type { Session } from '../../db/people/sessions.ts'
import { formOf } from '../form-parameters.ts'
import { limitDetails } from '../oauth-server/limit-choice.ts'

/** The place of the notice with the key: the page that shows it once. */
export type NewKeyPlace = 'new-key' | 'connect-key'

/**
 * Creates the key of a form and leaves it for the next page at `place`. The hidden field `form`
 * determines the key: a form that is sent twice (double click, Back) creates one key. Returns false
 * if the key exists already and was shown.
 */
export async function createKeyOnce(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  place: NewKeyPlace,
  newKey: Omit<NewApiKey, 'user_id'>
): Promise<boolean> {
  const keySeed = `${session.session_hash} ${formOf(request).get('form') ?? crypto.randomUUID()}`
  const keySecret = API_KEY_PREFIX + app.seal.derive('api-key', keySeed)
  const createdKey = await insertWithNotice(app, session, place, keySecret, newKey)
  if (!createdKey) return app.notices.waits(session, place)
  await request.audit('key.created', {
    user_id: session.user_id,
    details: {
      key_id: createdKey.key_id,
      name: createdKey.name,
      scope: createdKey.scope,
      ...limitDetails(createdKey)
    }
  })
  return true
}

/** Inserts the key and the notice with it in one transaction; undefined if the key exists. */
function insertWithNotice(
  app: FastifyInstance,
  session: Session,
  place: NewKeyPlace,
  secret: string,
  newKey: Omit<NewApiKey, 'user_id'>
): Promise<ApiKey | undefined> {
  return app.db.transaction().execute(async (trx) => {
    const apiKey = await insertApiKey(trx, secret, { ...newKey, user_id: session.user_id })
    if (apiKey) {
      await app.notices.leave(session, place, { name: newKey.name, key: secret }, trx)
    }
    return apiKey
  })
}
