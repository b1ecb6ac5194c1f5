// databases: both
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { findAuthorizationCode } from '../../db/oauth/authorization-codes.ts'
import { insertApproval } from '../../db/oauth/approvals.ts'
import { noAccessLimits } from '../../db/schema/index.ts'
import { newSecret } from '../../lib/secrets.ts'
import { openDatabase } from '../support/helper.ts'

const { db } = await openDatabase(t)
const people = ['ada', 'ben', 'cleo', 'dora']
await db
  .insertInto('users')
  .values(people.map((name) => ({ user_id: name, email: `${name}@example.org` })))
  .execute()
await db
  .insertInto('oauth_clients')
  .values({ client_id: 'app', redirect_uris: JSON.stringify(['https://app.example/cb']) })
  .execute()

interface Approval {
  person: string
  code: string
  client?: string
  namespaces?: string[]
}

function approve(at: Db, { person, code, client = 'app', namespaces }: Approval) {
  return insertApproval(at, {
    grant: {
      user_id: person,
      client_id: client,
      resource: 'http://localhost/mcp',
      scope: 'mcp:memory',
      offered_scope: null,
      ...noAccessLimits,
      ...(namespaces && { namespaces }),
      redirect_origin: 'https://app.example',
      client_metadata_hash: 'hash',
      consented_at: undefined
    },
    code,
    codeRow: {
      redirect_uri: `https://app.example/${person}`,
      redirect_uri_given: true,
      code_challenge: `challenge of ${person}`,
      code_challenge_method: 'S256',
      dpop_jkt: null
    },
    requestUri: undefined,
    entry: { action: 'oauth.authorize.approved', user_id: person, client_id: client }
  })
}

t.test('approvals at one instant each keep their own grant, code and audit entry', async (t) => {
  const approvals = people.map((person) => ({
    person,
    code: newSecret(),
    namespaces: [`notes of ${person}`, 'a,"b']
  }))
  t.same(await Promise.all(approvals.map((approval) => approve(db, approval))), [
    true,
    true,
    true,
    true
  ])
  for (const { person, code, namespaces } of approvals) {
    const stored = (await findAuthorizationCode(db, code))!
    t.match(stored, {
      user_id: person,
      redirect_uri: `https://app.example/${person}`,
      code_challenge: `challenge of ${person}`,
      namespaces
    })
    const entries = await db
      .selectFrom('audit_logs')
      .select('user_id')
      .where('grant_id', '=', stored.grant_id)
      .execute()
    t.same(entries, [{ user_id: person }])
  }
})

t.test('an approval that cannot be stored does not harm those beside it', async (t) => {
  const twice = newSecret()
  const outcomes = await Promise.allSettled([
    approve(db, { person: 'ada', code: newSecret() }),
    approve(db, { person: 'ben', code: newSecret(), client: 'deleted' }),
    approve(db, { person: 'nobody', code: newSecret() }),
    approve(db, { person: 'cleo', code: twice }),
    approve(db, { person: 'cleo', code: twice }),
    approve(db, { person: 'dora', code: newSecret() })
  ])
  const stored = outcomes.filter(({ status }) => status === 'fulfilled')
  const sqlStates = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => (reason as { code: string }).code)
  t.equal(stored.length, 3)
  t.same(sqlStates.sort(), ['23503', '23503', '23505'])
})
