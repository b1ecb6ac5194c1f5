import t from 'tap'
import { sql } from 'kysely'
import { connected, type OAuthClient, refresh } from '../../support/oauth-client.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)

async function works(accessToken: unknown): Promise<boolean> {
  return (await post(`${running.url}/mcp`, String(accessToken), initialize)).status === 200
}

t.test('a refresh rotates; a retry within the window gets the same successor', async (t) => {
  const { client, tokens } = await connected(running)
  const first = await refresh(running.url, client, tokens.refresh_token)
  t.equal(first.status, 200)
  t.not(first.refresh_token, tokens.refresh_token)
  const retry = await refresh(running.url, client, tokens.refresh_token)
  t.equal(retry.access_token, first.access_token)
  t.equal(retry.refresh_token, first.refresh_token)
  t.ok(await works(retry.access_token))
})

t.test('32 concurrent refreshes get the same pair', async (t) => {
  const { client, tokens } = await connected(running)
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => refresh(running.url, client, tokens.refresh_token))
  )
  t.same(
    answers
      .filter(({ status }) => status !== 200)
      .map(
        ({ status, error, error_description: description }) =>
          `${status} ${String(error)} ${String(description)}`
      ),
    []
  )
  t.equal(
    new Set(
      answers.map(
        ({ access_token: access, refresh_token: token }) => `${String(access)} ${String(token)}`
      )
    ).size,
    1
  )
})

t.test('a token several generations old gets the newest pair within the window', async (t) => {
  const { client, tokens } = await connected(running)
  const second = await refresh(running.url, client, tokens.refresh_token)
  const third = await refresh(running.url, client, second.refresh_token)
  const late = await refresh(running.url, client, tokens.refresh_token)
  t.equal(late.refresh_token, third.refresh_token)
})

t.test('one request does not walk a chain of rotations', async (t) => {
  const { client, tokens } = await connected(running)
  const chain = [tokens.refresh_token]
  for (let generation = 0; generation < 101; generation++) {
    chain.push((await refresh(running.url, client, chain.at(-1))).refresh_token)
  }
  t.equal(
    (await refresh(running.url, client, chain[1])).refresh_token,
    chain.at(-1),
    'a hundred are'
  )
  const oldest = await refresh(running.url, client, chain[0])
  t.match(oldest, {
    status: 429,
    error: 'temporarily_unavailable',
    error_description: /use the newest/
  })
  t.equal((await refresh(running.url, client, chain.at(-1))).status, 200, 'and nothing has ended')
})

const elevenMinutesPass = ({ client_id: id }: OAuthClient) =>
  running.app.db
    .updateTable('oauth_tokens')
    .set({ rotated_at: sql`rotated_at - interval '11 minutes'` })
    .where('client_id', '=', id)
    .where('rotated_at', 'is not', null)
    .execute()
const challengeOf = async (token: unknown) => {
  const answer = await post(`${running.url}/mcp`, String(token), initialize)
  return String(answer.headers.get('www-authenticate'))
}

t.test(
  'a stale token with an unused successor gets a new pair, which replaces that successor',
  async (t) => {
    const { client, tokens } = await connected(running)
    const lost = await refresh(running.url, client, tokens.refresh_token)
    await elevenMinutesPass(client)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => refresh(running.url, client, tokens.refresh_token))
    )
    t.same(
      answers.map(({ status }) => status),
      Array(8).fill(200)
    )
    t.equal(
      new Set(answers.map((answer) => answer.refresh_token)).size,
      1,
      'of eight at the same instant all get one'
    )
    const [pair] = answers
    t.not(pair!.refresh_token, lost.refresh_token)
    t.ok(await works(pair!.access_token))
    t.notOk(await works(lost.access_token))
    t.notOk(await works(tokens.access_token), 'and the stale access token does not live again')
    const next = await refresh(running.url, client, pair!.refresh_token)
    t.equal(next.status, 200)
    t.match(await refresh(running.url, client, lost.refresh_token), {
      status: 400,
      error: 'invalid_grant'
    })
    t.notOk(
      await works(next.access_token),
      'two held a pair of the same token: the grant has ended'
    )
  }
)

t.test('no request takes a successor for used because another one just replaced it', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { client, tokens } = await connected(running)
    await refresh(running.url, client, tokens.refresh_token)
    await elevenMinutesPass(client)
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => refresh(running.url, client, tokens.refresh_token))
    )
    t.same(
      new Set(answers.map(({ status }) => status)),
      new Set([200]),
      'nobody ends the grant of a client that lost an answer'
    )
    t.equal(new Set(answers.map((answer) => answer.refresh_token)).size, 1)
  }
})

t.test('a successor counts as used after a refresh or a concurrent request', async (t) => {
  const connection = await connected(running)
  const second = await refresh(running.url, connection.client, connection.tokens.refresh_token)
  await refresh(running.url, connection.client, second.refresh_token)
  await elevenMinutesPass(connection.client)
  t.match(await refresh(running.url, connection.client, connection.tokens.refresh_token), {
    status: 400,
    error: 'invalid_grant'
  })

  for (let round = 0; round < 5; round++) {
    const { client, tokens } = await connected(running)
    const successor = await refresh(running.url, client, tokens.refresh_token)
    await elevenMinutesPass(client)
    const [stale, rotated] = await Promise.all([
      refresh(running.url, client, tokens.refresh_token),
      refresh(running.url, client, successor.refresh_token)
    ])
    t.ok(stale!.status !== 200 || rotated!.status !== 200, 'never both')
    for (const answer of [stale, rotated]) {
      if (answer!.status === 200) {
        t.notOk(await works(answer!.access_token), 'and the grant has ended')
      }
    }

    const again = await connected(running)
    const used = await refresh(running.url, again.client, again.tokens.refresh_token)
    await elevenMinutesPass(again.client)
    const [reuse, served] = await Promise.all([
      refresh(running.url, again.client, again.tokens.refresh_token),
      works(used.access_token)
    ])
    t.equal(served, reuse!.status !== 200, 'the successor is served or replaced, not both')
  }
})

t.test(
  'the token endpoint and the resource tell the app when and why its connection ended',
  async (t) => {
    const { client, tokens } = await connected(running)
    const newest = await refresh(running.url, client, tokens.refresh_token)
    t.ok(await works(newest.access_token))
    await elevenMinutesPass(client)
    const why = new RegExp(
      String.raw`This connection was ended on \d{4}-\d\d-\d\d \d\d:\d\d UTC because an ` +
        String.raw`old refresh token was used again, which can mean that it was stolen\. ` +
        String.raw`Connect the app again\.`
    )
    for (const token of [tokens.refresh_token, newest.refresh_token]) {
      t.match(await refresh(running.url, client, token), {
        status: 400,
        error: 'invalid_grant',
        error_description: why
      })
    }
    t.match(await challengeOf(newest.access_token), why)
    t.match(
      await refresh(running.url, (await connected(running)).client, newest.refresh_token),
      { error_description: /issued to another client/ },
      'another client learns nothing'
    )

    const { visitor, ...otherConnection } = await connected(running)
    const page = await visitor.get('/apps')
    const csrf = page.forms.flatMap(({ fields }) => fields).find(([name]) => name === 'csrf')!
    await visitor.post('/apps/revoke', [csrf, ['client_id', otherConnection.client.client_id]])
    t.match(
      await refresh(running.url, otherConnection.client, otherConnection.tokens.refresh_token),
      {
        error_description:
          /ended on .* by its owner, on the page Apps & keys\. Connect the app again/
      }
    )
    t.match(
      await challengeOf(otherConnection.tokens.access_token),
      /by its owner, on the page Apps & keys/
    )
  }
)

t.test('a reuse after the window revokes this grant and no other of the user', async (t) => {
  const reused = await connected(running)
  const successor = await refresh(running.url, reused.client, reused.tokens.refresh_token)
  t.ok(await works(successor.access_token))
  await elevenMinutesPass(reused.client)
  const untouched = await connected(running)
  t.match(await refresh(running.url, reused.client, reused.tokens.refresh_token), {
    status: 400,
    error: 'invalid_grant'
  })
  t.notOk(await works(successor.access_token))
  t.match(await refresh(running.url, reused.client, successor.refresh_token), {
    status: 400,
    error: 'invalid_grant'
  })
  t.ok(await works(untouched.tokens.access_token))
  const rows = await running.app.db
    .selectFrom('audit_logs')
    .select('action')
    .where('action', '=', 'oauth.refresh_token_reuse')
    .where('client_id', '=', reused.client.client_id)
    .execute()
  t.equal(rows.length, 1)
})

t.test(
  'a refresh for more scope is refused and keeps the token, a refresh for less narrows ' +
    'only the access token',
  async (t) => {
    const { client, tokens } = await connected(running, { scope: 'mcp:memory mcp:coding' })
    t.match(await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:web' }), {
      status: 400,
      error: 'invalid_scope'
    })
    const less = await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:memory' })
    t.equal(less.scope, 'mcp:memory')
    t.equal((await refresh(running.url, client, less.refresh_token)).scope, 'mcp:memory mcp:coding')
  }
)

t.test(
  'the database alone cannot reveal a successor, because the old token encrypts it',
  async (t) => {
    const { client, tokens } = await connected(running)
    const next = await refresh(running.url, client, tokens.refresh_token)
    const { rows } = await sql<{
      all: string
    }>`select string_agg(t::text, ' ') as all from oauth_tokens t`.execute(running.app.db)
    for (const secret of [
      tokens.access_token,
      tokens.refresh_token,
      next.access_token,
      next.refresh_token
    ]) {
      t.notMatch(rows[0]!.all, String(secret))
    }
  }
)

t.test('a refresh token of another client changes nothing', async (t) => {
  const owner = await connected(running)
  const stranger = await connected(running)
  t.match(await refresh(running.url, stranger.client, owner.tokens.refresh_token), {
    status: 400,
    error: 'invalid_grant'
  })
  t.equal((await refresh(running.url, owner.client, owner.tokens.refresh_token)).status, 200)
})
