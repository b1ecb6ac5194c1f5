import fc from 'fast-check'
import t from 'tap'
import { appIdOf } from '../../../../lib/app-id.ts'
import { groupsOf } from '../../../../tools/scopes.ts'
import {
  approve,
  authorizationUrl,
  connected,
  postForm,
  redeem,
  register
} from '../../../support/oauth-client.ts'
import { runService } from '../../../support/running.ts'
import {
  approval,
  type Model,
  query,
  type Real,
  redeemCode,
  refreshWith,
  step,
  use
} from './grant-model.ts'
import { holdsInTime } from './holds.ts'

const SCOPE = 'mcp:tools mcp:memory mcp:coding'
const running = await runService(t)
const user = await running.person()
const visitor = await running.signedIn(user.email)

const which = fc.nat(3)
const back = fc.nat(3)
const life = fc.commands(
  [
    fc.constant(null).map(approval),
    which.map((choice) => step('redeem', choice, redeemCode)),
    which.map((choice) => step('refresh with the newest', choice, refreshWith(0))),
    fc
      .tuple(which, back)
      .map(([choice, age]) => step(`refresh ${age} back`, choice, refreshWith(age))),
    fc.tuple(which, back).map(([choice, age]) => step(`use ${age} back`, choice, use(age))),
    which.map((choice) =>
      step('revoke on the page of the app', choice, async (model, real, at) => {
        const page = await visitor.get(`/apps/${appIdOf(real.client.client_id)}`)
        const form = page.forms.find(({ fields }) =>
          fields.some(([, value]) => value === real.grants[at]!.id)
        )
        if (!form) return // what cannot be used is not shown
        await visitor.confirm(form)
        model.grants[at]!.live = false
      })
    ),
    fc.tuple(which, back, fc.constantFrom('access', 'refresh')).map(([choice, age, kind]) =>
      step(`revoke the ${kind} token ${age} back`, choice, async (model, real, at) => {
        const pair = real.grants[at]!.pairs.at(-1 - age)
        if (!pair) return
        const { client_id: id, client_secret: secret } = real.client
        const answer = await postForm(`${running.url}/api/v1/oauth/revoke`, {
          token: pair[kind as keyof typeof pair],
          client_id: id,
          client_secret: secret
        })
        if (answer.status !== 200) throw new Error(`The revocation was answered ${answer.status}.`)
        model.grants[at]!.live = false
      })
    ),
    which.map((choice) =>
      step('revoke by SQL', choice, async (model, real, at) => {
        await query(real, 'update oauth_tokens set revoked = true where grant_id = $1', [
          real.grants[at]!.id
        ])
        if (model.grants[at]!.pairs.length > 0) model.grants[at]!.live = false
      })
    ),
    which.map((choice) =>
      step('let the access tokens expire by SQL', choice, async (model, real, at) => {
        await query(
          real,
          "update oauth_tokens set issued_at = issued_at - interval '2 hours' where grant_id = $1",
          [real.grants[at]!.id]
        )
        for (const pair of model.grants[at]!.pairs) pair.accessExpired = true
      })
    ),
    which.map((choice) =>
      step('let the refresh tokens expire by SQL', choice, async (model, real, at) => {
        await query(
          real,
          `update oauth_tokens set refresh_expires_at = now() - interval '1 second'
          where grant_id = $1`,
          [real.grants[at]!.id]
        )
        for (const pair of model.grants[at]!.pairs) pair.refreshExpired = true
      })
    ),
    which.map((choice) =>
      step('eleven minutes pass for rotations and used codes', choice, async (model, real, at) => {
        const { id } = real.grants[at]!
        await query(
          real,
          `update oauth_tokens set rotated_at = rotated_at - interval '11 minutes'
          where grant_id = $1`,
          [id]
        )
        await query(
          real,
          `update oauth_authorization_codes set used_at = used_at - interval '11 minutes'
          where grant_id = $1`,
          [id]
        )
        const grant = model.grants[at]!
        if (grant.code === 'just used') grant.code = 'used'
        for (const pair of grant.pairs) if (pair.rotated === 'just now') pair.rotated = 'long ago'
      })
    ),
    fc.constantFrom(SCOPE, 'mcp:memory', 'mcp:coding mcp:web', 'openid').map((scope) => ({
      check: () => true,
      async run(model: Model, real: Real) {
        await query(real, 'update oauth_clients set scope = $2 where client_id = $1', [
          real.client.client_id,
          scope
        ])
        model.clientGroups = groupsOf(scope)
      },
      toString: () => `client's scope becomes ${scope}`
    }))
  ],
  { maxCommands: 30, size: '+1' }
)

t.test('a grant lives and ends like its model after any sequence of events', async (t) => {
  await holdsInTime(
    t,
    fc.asyncProperty(life, async (commands) => {
      const client = await register(running)
      await fc.asyncModelRun(
        () => ({
          model: { clientGroups: groupsOf(SCOPE), grants: [] } as Model,
          real: { running, visitor, client, grants: [] } as Real
        }),
        commands
      )
    }),
    60
  )
})

t.test('a client that lost everything it had is offered what it is registered for', async (t) => {
  const { visitor, client } = await connected(running, { scope: 'mcp:coding' })
  await query({ running }, "update oauth_clients set scope = 'mcp:memory' where client_id = $1", [
    client.client_id
  ])
  t.match((await visitor.get(authorizationUrl(client).url)).html, 'value="mcp:memory"')
  t.equal((await redeem(running.url, client, await approve(visitor, client))).scope, 'mcp:memory')
})
