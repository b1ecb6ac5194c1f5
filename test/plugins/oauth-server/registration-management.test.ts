import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { approve, redeem, refresh, token } from '../../support/oauth-client.ts'
import { manage, registerDynamically as register } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url, app } = running
const uri = 'https://app.example/callback'
const sent = {
  client_name: 'App',
  redirect_uris: [uri],
  token_endpoint_auth_method: 'client_secret_post',
  software_id: 'app'
}

t.test('a client reads its registration with its own token, without the secret', async (t) => {
  const made = await register(url, sent)
  const {
    client_secret: secret,
    client_secret_expires_at: _,
    status: __,
    headers: ___,
    ...rest
  } = made
  const read = await manage(made.registration_client_uri, 'GET', made.registration_access_token)
  t.equal(read.status, 200)
  t.match(read, rest)
  t.notOk('client_secret' in read || 'client_secret_expires_at' in read)
  t.equal(read.headers.get('cache-control'), 'no-store')
  t.equal(
    (await manage(`${url}/register/${made.client_id}`, 'GET', made.registration_access_token))
      .status,
    200,
    'and under the alias'
  )
})

t.test(
  'PUT replaces the metadata, keeps the secret and rotates the registration token',
  async (t) => {
    const made = await register(url, sent)
    const { client_id: id, registration_access_token: first } = made
    const changed = await manage(made.registration_client_uri, 'PUT', first, {
      client_id: id,
      client_secret: made.client_secret,
      client_name: 'Other',
      redirect_uris: ['https://app.example/2'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'mcp:web'
    })
    t.match(changed, {
      status: 200,
      client_id: id,
      client_name: 'Other',
      redirect_uris: ['https://app.example/2'],
      scope: 'mcp:web',
      client_id_issued_at: made.client_id_issued_at
    })
    t.notOk('software_id' in changed || 'client_secret' in changed, 'what is left out is gone')
    t.not(changed.registration_access_token, first)
    t.match(await manage(made.registration_client_uri, 'GET', first), {
      status: 401,
      error: 'invalid_token'
    })
    t.equal(
      (await manage(made.registration_client_uri, 'GET', changed.registration_access_token)).status,
      200
    )
    const proven = await token(url, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: id,
      client_secret: made.client_secret
    })
    t.equal(proven.error, 'invalid_grant', 'the secret still proves the client')
    t.match((await audited(app.db, 'oauth.client.updated')).at(-1), {
      client_id: id,
      reason: 'by_the_client'
    })
  }
)

t.test(
  'a client that becomes public loses its secret, and gets a new one when it becomes ' +
    'confidential',
  async (t) => {
    const made = await register(url, sent)
    const { client_id: id } = made
    const put = (bearer: string, method: string) =>
      manage(made.registration_client_uri, 'PUT', bearer, {
        client_id: id,
        redirect_uris: [uri],
        token_endpoint_auth_method: method
      })
    const open = await put(made.registration_access_token, 'none')
    t.match(open, { status: 200, token_endpoint_auth_method: 'none' })
    t.notOk('client_secret' in open)
    t.match(
      await token(url, {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: id,
        client_secret: made.client_secret
      }),
      { status: 401, error: 'invalid_client' }
    )
    const closed = await put(open.registration_access_token, 'client_secret_post')
    t.match(closed, { client_secret: /^[\w-]{43}$/, client_secret_expires_at: 0 })
    t.not(closed.client_secret, made.client_secret)
    t.match(
      await token(url, {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: id,
        client_secret: closed.client_secret
      }),
      { status: 400, error: 'invalid_grant' }
    )
  }
)

t.test('an invalid PUT changes nothing, not even the registration token', async (t) => {
  const made = await register(url, sent)
  const { client_id: id } = made
  for (const [body, error] of [
    [{ client_id: id, redirect_uris: ['javascript:x'] }, 'invalid_redirect_uri'],
    [{ client_id: 'another', redirect_uris: [uri] }, 'invalid_client_metadata'],
    [{ redirect_uris: [uri] }, 'invalid_client_metadata'],
    [
      { client_id: id, redirect_uris: [uri], client_secret: 'chosen by the client' },
      'invalid_client_metadata'
    ],
    [{ client_id: id, redirect_uris: [uri], client_secret: 7 }, 'invalid_client_metadata'],
    [
      { client_id: id, redirect_uris: [uri], client_name: 'x'.repeat(300) },
      'invalid_client_metadata'
    ]
  ] as Array<[object, string]>) {
    t.match(
      await manage(made.registration_client_uri, 'PUT', made.registration_access_token, body),
      { status: 400, error }
    )
  }
  t.match(await manage(made.registration_client_uri, 'GET', made.registration_access_token), {
    status: 200,
    client_name: 'App',
    redirect_uris: [uri]
  })
})

t.test('every invalid registration token and an unknown client get the same 401', async (t) => {
  const [deleted, kept] = [await register(url, sent), await register(url, sent)]
  const person = await running.person()
  const client = {
    client_id: deleted.client_id,
    client_secret: deleted.client_secret,
    redirect_uri: uri
  }
  const tokens = await redeem(
    url,
    client,
    await approve(await running.signedIn(person.email), client)
  )
  const missing = `${url}/register/00000000-0000-4000-8000-000000000000`
  const answers = []
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const body =
      method === 'PUT' ? { client_id: deleted.client_id, redirect_uris: [uri] } : undefined
    for (const [at, bearer] of [
      [deleted.registration_client_uri, kept.registration_access_token],
      [deleted.registration_client_uri, undefined],
      [deleted.registration_client_uri, String(tokens.access_token)],
      [deleted.registration_client_uri, deleted.client_secret],
      [missing, deleted.registration_access_token],
      [`${url}/register/%00`, deleted.registration_access_token],
      [`${url}/register/chatgpt-connector`, 'x']
    ] as Array<[string, string | undefined]>) {
      const { headers, request_id: _, ...answer } = await manage(at, method, bearer, body)
      answers.push(JSON.stringify({ ...answer, challenge: headers.get('www-authenticate') }))
    }
  }
  t.equal(new Set(answers).size, 1, [...new Set(answers)].join('\n'))
  t.match(answers[0], /"error":"invalid_token".*"status":401.*Bearer/)
  await app.db
    .updateTable('oauth_clients')
    .set({ disabled_at: new Date() })
    .where('client_id', '=', kept.client_id)
    .execute()
  t.equal(
    (await manage(kept.registration_client_uri, 'GET', kept.registration_access_token)).status,
    401,
    'a disabled client'
  )
  t.equal(
    (await manage(deleted.registration_client_uri, 'GET', deleted.registration_access_token))
      .status,
    200,
    'nothing was changed'
  )
})

t.test('DELETE removes the client and everything granted to it', async (t) => {
  const made = await register(url, sent)
  const client = { client_id: made.client_id, client_secret: made.client_secret, redirect_uri: uri }
  const visitor = await running.signedIn((await running.person()).email)
  const tokens = await redeem(url, client, await approve(visitor, client))
  t.equal(
    (await manage(made.registration_client_uri, 'DELETE', made.registration_access_token)).status,
    204
  )
  t.match(await refresh(url, client, tokens.refresh_token), {
    status: 401,
    error: 'invalid_client'
  })
  t.match((await visitor.get(`/authorize?client_id=${made.client_id}`)).html, /Invalid client_id/)
  t.equal(
    (await manage(made.registration_client_uri, 'DELETE', made.registration_access_token)).status,
    401
  )
  t.match((await audited(app.db, 'oauth.client.deleted')).at(-1), {
    client_id: made.client_id,
    reason: 'by_the_client'
  })
})

t.test('one of eight concurrent PUTs with the same token succeeds', async (t) => {
  const made = await register(url, sent)
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      manage(made.registration_client_uri, 'PUT', made.registration_access_token, {
        client_id: made.client_id,
        redirect_uris: [uri],
        client_name: `n${index}`
      })
    )
  )
  t.same(answers.map(({ status }) => status).toSorted(), [200, ...Array(7).fill(401)])
  const winner = answers.find(({ status }) => status === 200)!
  t.match(await manage(made.registration_client_uri, 'GET', winner.registration_access_token), {
    status: 200,
    client_name: winner['client_name']
  })
})
