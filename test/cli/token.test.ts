import { sql } from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { issueClient } from '../../db/oauth/clients.ts'
import { insertGrant } from '../../db/oauth/grants.ts'
import { findAccessToken } from '../../db/oauth/tokens.ts'
import { hashTokenPair, newTokenPair } from '../../db/oauth/token-pair.ts'
import { insertUser } from '../../db/people/users.ts'
import { openDatabase, openSettings } from '../support/helper.ts'
import { audited } from './audited.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

const resource = 'http://localhost:3000/api/v1/mcp/sse'

/** Issues a live pair of tokens and returns the grant with its access token. */
async function granted(
  db: Db,
  userId: string,
  clientId: string
): Promise<{ grant_id: string; token: string }> {
  const row = { user_id: userId, client_id: clientId, resource, scope: 'mcp:tools' }
  const grantId = await insertGrant(db, row)
  const pair = newTokenPair(90)
  await db
    .insertInto('oauth_tokens')
    .values({
      ...row,
      ...hashTokenPair(pair),
      grant_id: grantId,
      refresh_expires_at: sql`now() + interval '90 days'`
    })
    .execute()
  return { grant_id: grantId, token: pair.access_token }
}

/** Two users grant access to two apps. */
async function grantAll(db: Db) {
  const [ada, bob] = [
    await insertUser(db, { email: 'ada@example.com', password_hash: null }),
    await insertUser(db, { email: 'bob@example.com', password_hash: null })
  ]
  for (const id of ['one', 'two']) {
    await issueClient(db, id, {
      client_name: `App ${id}`,
      redirect_uris: ['https://e.com/'],
      scope: 'mcp:memory',
      token_endpoint_auth_method: 'none'
    })
  }
  const adaOne = await granted(db, ada!.user_id, 'one')
  const adaTwo = await granted(db, ada!.user_id, 'two')
  const bobOne = await granted(db, bob!.user_id, 'one')
  const bobTwo = await granted(db, bob!.user_id, 'two')
  return { ada: ada!, adaOne, adaTwo, bobOne, bobTwo }
}

t.test('tokens are listed and revoked by user, by app, by both, and by grant', async (t) => {
  const { db: before, close: closeBefore, settings } = await openDatabase(t)
  const { ada, adaOne, adaTwo, bobOne, bobTwo } = await grantAll(before)
  await closeBefore()
  const page = await kaguraJson(settings, ['token', 'list', '--limit', '3'])
  t.match(
    page,
    { tokens: { length: 3 }, total: 4, next: page.tokens[2].grant_id },
    'without a server'
  )
  const rest = await kaguraJson(settings, ['token', 'list', '--after', page.next])
  t.equal(rest.tokens.length, 1)
  t.equal(rest.next, undefined)
  const { stdout } = await kagura(settings, ['token', 'list', '--limit', '1'])
  t.match(stdout, /This is 1 of 4\. For the next page: npx kagura token list --after \S+/)

  await runService(t, {}, settings)
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const live = async () => {
    const { tokens } = await kaguraJson(settings, ['token', 'list'])
    return tokens.map(({ grant_id: id }: { grant_id: string }) => id).sort()
  }
  const { tokens } = await kaguraJson(settings, [
    'token',
    'list',
    '--user',
    'ada@example.com',
    '--client',
    'one'
  ])
  t.match(tokens, [
    {
      grant_id: adaOne.grant_id,
      email: 'ada@example.com',
      client_id: 'one',
      client_name: 'App one',
      scope: 'mcp:memory'
    }
  ])
  t.equal(tokens.length, 1)

  t.same(await kaguraJson(settings, ['token', 'revoke', '--grant', adaOne.grant_id]), {
    revoked: 1,
    grants: [adaOne.grant_id]
  })
  t.match(await findAccessToken(db, adaOne.token), { problem: 'revoked' })
  t.match(await findAccessToken(db, adaTwo.token), { problem: null })
  t.same(
    await kaguraJson(settings, ['token', 'revoke', '--user', 'bob@example.com', '--client', 'two']),
    { revoked: 1, grants: [bobTwo.grant_id] }
  )
  t.same(await live(), [adaTwo.grant_id, bobOne.grant_id].sort())
  t.match(await kaguraJson(settings, ['token', 'revoke', '--client', 'one']), { revoked: 1 })
  t.match(await kaguraJson(settings, ['token', 'revoke', '--user', 'ada@example.com']), {
    revoked: 1
  })
  t.match(await kaguraJson(settings, ['token', 'revoke', '--user', 'ada@example.com']), {
    revoked: 0
  })
  t.same(await live(), [])

  await refuses(
    t,
    settings,
    ['token', 'revoke', '--grant', adaOne.grant_id],
    /no live grant.*kagura token list/
  )
  await refuses(t, settings, ['token', 'revoke', '--client', 'three'], /no client "three"/)
  await refuses(t, settings, ['token', 'list', '--user', 'eve@example.com'], /no user/)
  const rows = await audited(db, 'oauth.grant.revoked')
  t.same(
    rows.map(({ grant_id: id }) => id),
    [adaOne, bobTwo, bobOne, adaTwo].map(({ grant_id: id }) => id)
  )
  t.match(rows[0], { user_id: ada.user_id, client_id: 'one', details: { by: 'command' } })
})
