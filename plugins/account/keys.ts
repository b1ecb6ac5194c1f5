import type { Db } from '../../db/connection/connect.ts'
import { listApiKeys, type ListedApiKey } from '../../db/people/api-keys.ts'
import { limitScope } from '../../tools/scopes.ts'
import type { Pages } from '../consent-views/page-data.ts'
import { type AccountView, groupTitles, listLink } from './view.ts'

const KEYS_PER_PAGE = 50
/** Ended keys on the first page, where they are folded away. */
const FOLDED_KEYS = 10

type AccountKeys = Pick<Pages['account'], 'keys' | 'endedKeys' | 'keyLinks'>

/** The keys that work, and the newest of the keys that expired or were revoked. */
export async function listAccountKeys(
  db: Db,
  userId: string,
  view: AccountView
): Promise<AccountKeys> {
  const maxEnded = view.ended === undefined ? FOLDED_KEYS : KEYS_PER_PAGE
  const [activeKeys, endedKeys] = await Promise.all([
    listApiKeys(
      db,
      { user_id: userId, state: 'active' },
      { limit: KEYS_PER_PAGE + 1, after: view.keys }
    ),
    listApiKeys(db, { user_id: userId, state: 'ended' }, { limit: maxEnded + 1, after: view.ended })
  ])
  const listedActive = activeKeys.slice(0, KEYS_PER_PAGE)
  const listedEnded = endedKeys.slice(0, maxEnded)
  return {
    keys: listedActive.map(accountKey),
    endedKeys: listedEnded.map(accountKey),
    keyLinks: {
      isFolded: view.ended === undefined,
      ...((view.keys ?? view.ended) !== undefined && { all: '/account#keys' }),
      ...(activeKeys.length > KEYS_PER_PAGE && {
        more: listLink({ keys: listedActive.at(-1)!.key_id }, 'keys')
      }),
      ...(endedKeys.length > maxEnded && {
        moreEnded: listLink({ ended: listedEnded.at(-1)!.key_id }, 'keys')
      })
    }
  }
}

function accountKey(row: ListedApiKey): AccountKeys['keys'][number] {
  return {
    key_id: row.key_id,
    name: row.name,
    key_prefix: row.key_prefix,
    groups: groupTitles(limitScope(row.scope, row)),
    created_at: row.created_at,
    last_used_at: row.last_used_at,
    expires_at: row.expires_at,
    status: row.revoked_at ? 'revoked' : row.expired ? 'expired' : 'active'
  }
}
