import type { AsyncCommand } from 'fast-check'
import { type ToolGroup, groupsOf, commonGroups } from '../../../../tools/scopes.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import {
  type Answer,
  approve,
  type OAuthClient,
  redeem,
  refresh
} from '../../../support/oauth-client.ts'
import type { Running } from '../../../support/running.ts'
import type { Visitor } from '../../../support/visitor.ts'

/** The expected state of a grant, computed without the database. */
export interface ModelGrant {
  live: boolean
  groups: ReadonlySet<ToolGroup>
  code: 'fresh' | 'just used' | 'used'
  pairs: ModelPair[]
}

/** `replaced`: a new pair replaced it. `successor`: the pair that a rotation made of it. */
interface ModelPair {
  accessExpired: boolean
  refreshExpired: boolean
  rotated: 'no' | 'just now' | 'long ago'
  used: boolean
  replaced: boolean
  successor?: ModelPair
}

export interface Model {
  clientGroups: ReadonlySet<ToolGroup>
  grants: ModelGrant[]
}

/** The service with one person and one client, and the credentials of the client. */
export interface Real {
  running: Running
  visitor: Visitor
  client: OAuthClient
  grants: Array<{
    id: string
    approved: { code: string; verifier: string }
    pairs: Array<{ access: string; refresh: string }>
  }>
}

type Act = (model: Model, real: Real, at: number) => Promise<void>

/** A step that does something to a grant, the `choice`-th of those there are. */
export function step(name: string, choice: number, act: Act): AsyncCommand<Model, Real> {
  return {
    check: ({ grants }) => grants.length > 0,
    async run(model, real) {
      await act(model, real, choice % model.grants.length)
      await checkInvariants(model, real)
    },
    toString: () => `${name}(${choice})`
  }
}

export function approval(): AsyncCommand<Model, Real> {
  return {
    check: ({ grants, clientGroups }) => grants.length < 4 && clientGroups.size > 0,
    async run(model, real) {
      const approved = await approve(real.visitor, real.client)
      const { rows } = await query(
        real,
        'select grant_id from oauth_grants where client_id = $1 order by created_at desc limit 1',
        [real.client.client_id]
      )
      real.grants.push({ id: rows[0].grant_id, approved, pairs: [] })
      // Without a scope in the request the page offers what the client got last time, as far
      // as it may still have it.
      const again = commonGroups(
        model.grants.at(-1)?.groups ?? new Set<ToolGroup>(),
        model.clientGroups
      )
      model.grants.push({
        live: true,
        groups: again.size > 0 ? again : new Set(model.clientGroups),
        code: 'fresh',
        pairs: []
      })
      await checkInvariants(model, real)
    },
    toString: () => 'approve'
  }
}

/**
 * A full, valid redemption: served once; a second one within two seconds is a double post, later it
 * is theft.
 */
export const redeemCode: Act = async (model, real, at) => {
  const [grant, held] = [model.grants[at]!, real.grants[at]!]
  const left = commonGroups(grant.groups, model.clientGroups)
  const answer = await redeem(real.running.url, real.client, held.approved)
  if (grant.code !== 'fresh') {
    expect(answer, 'invalid_grant')
    if (grant.code === 'used') grant.live = false
  } else if (!grant.live) {
    expect(answer, 'invalid_grant')
  } else if (left.size === 0) {
    expect(answer, 'invalid_scope')
  } else {
    expect(answer, undefined, left)
    grant.code = 'just used'
    keep(grant, held, answer)
  }
}

/** A refresh with the pair that was made `back` pairs before the newest. */
export const refreshWith =
  (back: number): Act =>
  async (model, real, at) => {
    const [grant, held] = [model.grants[at]!, real.grants[at]!]
    const generation = grant.pairs.length - 1 - back
    const pair = grant.pairs[generation]
    if (!pair) return
    const left = commonGroups(grant.groups, model.clientGroups)
    const answer = await refresh(real.running.url, real.client, held.pairs[generation]!.refresh)
    if (!grant.live || pair.refreshExpired) return expect(answer, 'invalid_grant')
    if (left.size === 0) return expect(answer, 'invalid_scope')
    const { successor } = pair
    const isUnused = successor?.rotated === 'no' && !successor.used
    if (pair.replaced || (pair.rotated === 'long ago' && !isUnused)) {
      grant.live = false
      return expect(answer, 'invalid_grant')
    }
    expect(answer, undefined, left)
    if (pair.rotated !== 'just now') {
      if (pair.rotated === 'long ago') {
        pair.accessExpired = true // its time after the rotation was over, and does not begin again
        Object.assign(successor!, { rotated: 'just now', replaced: true })
      }
      pair.rotated = 'just now'
      pair.successor = keep(grant, held, answer)
    } else if (
      answer['access_token'] !== held.pairs.at(-1)!.access ||
      answer['refresh_token'] !== held.pairs.at(-1)!.refresh
    ) {
      throw new Error('A retry within the window got another pair than the newest.')
    }
  }

/**
 * An access token is served exactly while its grant lives, it has not expired, and it was not
 * replaced long ago.
 */
export const use =
  (back: number): Act =>
  async (model, real, at) => {
    const grant = model.grants[at]!
    const pair = grant.pairs.at(-1 - back)
    if (!pair) return
    const { status } = await post(
      `${real.running.url}/mcp`,
      real.grants[at]!.pairs.at(-1 - back)!.access,
      initialize
    )
    const served =
      grant.live && !pair.accessExpired && pair.rotated !== 'long ago' && !pair.replaced
    pair.used ||= served
    if (status !== (served ? 200 : 401)) {
      throw new Error(`The resource answered ${status}, not ${served ? 200 : 401}.`)
    }
  }

function keep(grant: ModelGrant, held: Real['grants'][number], answer: Answer): ModelPair {
  held.pairs.push({
    access: String(answer['access_token']),
    refresh: String(answer['refresh_token'])
  })
  const pair: ModelPair = {
    accessExpired: false,
    refreshExpired: false,
    rotated: 'no',
    used: false,
    replaced: false
  }
  grant.pairs.push(pair)
  return pair
}

function expect(answer: Answer, error: string | undefined, covered?: ReadonlySet<ToolGroup>): void {
  const got = answer.status === 200 ? undefined : String(answer['error'])
  if (got !== error || answer.status >= 500) {
    throw new Error(
      `The token endpoint answered ${answer.status} ${got ?? ''}, not ${error ?? 200}: ` +
        String(answer['error_description'])
    )
  }
  if (covered && [...groupsOf(String(answer['scope']))].join() !== [...covered].join()) {
    throw new Error(
      `The scope is ${String(answer['scope'])}, not that of ${[...covered].join(' ')}.`
    )
  }
}

/**
 * Of each grant at most one pair can be refreshed from, the newest; and the database and the model
 * agree on which grants live.
 */
async function checkInvariants({ grants }: Model, real: Real): Promise<void> {
  const { rows } = await query(
    real,
    `select g.grant_id, g.revoked_at is null as live,
      count(t.token_id) filter (where t.rotated_at is null and not t.revoked) as newest
    from oauth_grants g left join oauth_tokens t using (grant_id)
    where g.client_id = $1 group by g.grant_id`,
    [real.client.client_id]
  )
  for (const [at, { id }] of real.grants.entries()) {
    const row = rows.find(({ grant_id: grantId }) => grantId === id)
    if (row?.live !== grants[at]!.live) {
      throw new Error(`Grant ${at} is ${row?.live ? 'live' : 'revoked'} in the database.`)
    }
    if (Number(row.newest) > 1) {
      throw new Error(`Grant ${at} has ${row.newest} pairs that can be refreshed from.`)
    }
  }
}

/** A statement of an operator. */
export async function query(
  { running }: Pick<Real, 'running'>,
  text: string,
  values: unknown[] = []
): Promise<{ rows: any[] }> {
  const { CompiledQuery } = await import('kysely')
  return running.app.db.executeQuery(CompiledQuery.raw(text, values))
}
