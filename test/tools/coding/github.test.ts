import t from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { onPostgres } from '../../support/helper.ts'
import { outside } from '../../support/outside.ts'
import { runService } from '../../support/running.ts'

const TOKEN = 'github_pat_0123456789ABCDEFGHIJ'
const requests: Array<{ url: string; authorization: string | undefined }> = []
let answer = { status: 200, headers: {} as Record<string, string>, body: '' }
const github = await outside(t, ({ url, headers }, response) => {
  requests.push({ url: url!, authorization: headers.authorization })
  response
    .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    .end(answer.body)
})
const running = await runService(
  t,
  { GITHUB_API_URL: 'https://api.example.com/api/v3/' },
  undefined,
  { network: github.network }
)
const issue = {
  title: 'Ships wait',
  html_url: 'https://github.com/acme/app/issues/7',
  state: 'open',
  labels: [{ name: 'bug' }, 'night'],
  assignees: [{ login: 'ada' }],
  body: 'Seen at night.\0'
}
const says = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  answer = { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

async function person() {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const client = await connectClient(t, running.url, (await running.key(user)).key)
  await call(client, 'coding_start_session', { project_id: 'p', description: 'Goal' })
  const store = async (token: string) => {
    const page = await visitor.get('/settings/github')
    return visitor.submit(
      page,
      { token },
      page.forms.findIndex(({ action }) => action === '/settings/github')
    )
  }
  return {
    user,
    visitor,
    client,
    store,
    link: (args: object) => call(client, 'coding_link_github_issue', { project_id: 'p', ...args }),
    about: (args: object) => call(client, 'coding_get_issue_context', { ...args })
  }
}

t.test(
  "a person's own token reads the issue that the client only names, for that person alone",
  async (t) => {
    const [ada, bob] = [await person(), await person()]
    says(200, issue)
    t.equal(
      (await ada.link({ issue_number: 6, repository: 'acme/app' })).structured.title,
      '',
      'without a token GitHub gets no request'
    )
    t.equal(requests.length, 0)

    t.match(
      (await ada.store('not a token!')).html,
      /id="token-problem">.*This is not a GitHub token/
    )
    const page = await ada.store(TOKEN)
    t.match(
      page.html,
      /The GitHub token that ends in GHIJ is stored\.[^]*…GHIJ<\/code>[^]*not used yet/
    )
    t.notMatch(page.html, TOKEN)
    const { token_sealed: sealed } = await running.app.db
      .selectFrom('github_tokens')
      .selectAll()
      .where('user_id', '=', ada.user.user_id)
      .executeTakeFirstOrThrow()
    t.notMatch(Buffer.from(sealed, 'base64url').toString('latin1'), TOKEN)

    const linked = await ada.link({ issue_number: 7 })
    t.same(
      linked.structured,
      { session_id: linked.structured.session_id, issue: 'acme/app#7', title: 'Ships wait' },
      'in the repository that the project used last'
    )
    t.same(requests, [{ url: '/api/v3/repos/acme/app/issues/7', authorization: `Bearer ${TOKEN}` }])
    t.match((await ada.visitor.get('/settings/github')).html, /last used <time/)
    const known = (await ada.about({ issue_number: 7 })).structured.issue
    t.match(known, {
      title: 'Ships wait',
      state: 'open',
      labels: ['bug', 'night'],
      assignees: ['ada'],
      body: 'Seen at night.',
      url: issue.html_url
    })
    t.equal(
      (await ada.link({ issue_number: 8, title: 'Sent by the client' })).structured.title,
      'Sent by the client'
    )
    t.equal(
      (await bob.link({ issue_number: 7, repository: 'acme/app' })).structured.title,
      '',
      'not with the token of another user'
    )
    t.equal(requests.length, 2, 'no request asks for what the client sent')

    const removal = (await ada.visitor.get('/settings/github')).forms.find(
      ({ action }) => action === '/settings/github/remove'
    )!
    const remove = () => ada.visitor.confirm(removal)
    t.match((await remove()).html, /The GitHub token was removed/)
    t.match((await remove()).html, /No GitHub token was stored/)
    t.match(
      (await ada.about({ issue_number: 99, repository: 'acme/app' })).text,
      /Issue #99 is not known/
    )
    t.equal(requests.length, 2)
    const actions = await running.app.db
      .selectFrom('audit_logs')
      .select('action')
      .where('user_id', '=', ada.user.user_id)
      .where('action', 'like', 'user.github%')
      .orderBy('id')
      .execute()
    t.same(
      actions.map(({ action }) => action),
      ['user.github_token_stored', 'user.github_token_removed']
    )
  }
)

t.test('what GitHub refuses is told in words, and the link is made all the same', async (t) => {
  const ada = await person()
  await ada.store(TOKEN)
  const refusals: Array<[number, unknown, RegExp, Record<string, string>?]> = [
    [401, { message: 'Bad credentials' }, /refuses the stored token.*Settings, GitHub/],
    [404, {}, /shows no issue acme\/app#7/],
    [403, {}, /hourly limit/, { 'x-ratelimit-remaining': '0' }],
    [500, 'oops', /answered 500/],
    [200, '<html>', /is not an issue/],
    [200, `{"title":"${'x'.repeat(2_000_000)}"}`, /more than 1048576 bytes/],
    [301, '', /not on the public internet/, { location: 'https://127.0.0.1/x' }]
  ]
  for (const [status, body, note, headers] of refusals) {
    says(status, body, headers)
    const linked = await ada.link({ issue_number: 7, repository: 'acme/app' })
    t.notOk(linked.isError)
    t.match(linked.structured, { issue: 'acme/app#7', note })
    const context = await ada.about({ issue_number: 1000 + status, repository: 'acme/app' })
    t.ok(context.isError && /acme\/app#|token|limit/.test(context.text), context.text)
  }
})

t.test(
  "the token goes to no other origin, and a row of one person is of no use in another's",
  async (t) => {
    const [ada, bob] = [await person(), await person()]
    await ada.store(TOKEN)
    says(302, '', { location: 'https://other.example.com/steal' })
    requests.length = 0
    await ada.link({ issue_number: 7, repository: 'acme/app' })
    t.ok(requests.length > 1)
    t.same(
      [
        ...new Set(
          requests.filter(({ url }) => url === '/steal').map(({ authorization }) => authorization)
        )
      ],
      [undefined]
    )
    const row = await running.app.db
      .selectFrom('github_tokens')
      .selectAll()
      .where('user_id', '=', ada.user.user_id)
      .executeTakeFirstOrThrow()
    await running.app.db
      .insertInto('github_tokens')
      .values({
        user_id: bob.user.user_id,
        token_sealed: row.token_sealed,
        token_end: row.token_end
      })
      .execute()
    t.match(
      (await bob.link({ issue_number: 7, repository: 'acme/app' })).structured.note,
      /cannot decrypt/
    )
  }
)

t.test(
  'a stored token is of no use without the secret of the operator',
  { skip: !onPostgres && 'the embedded database has one process' },
  async (t) => {
    const ada = await person()
    await ada.store(TOKEN)
    says(200, issue)
    const otherService = await runService(
      t,
      {
        GITHUB_API_URL: 'https://api.example.com/api/v3/',
        SERVER_SECRET: 'another secret, as long as it has to be'
      },
      running.settings,
      { network: github.network }
    )
    const client = await connectClient(t, otherService.url, (await running.key(ada.user)).key)
    const args = { project_id: 'p', issue_number: 7, repository: 'acme/app' }
    requests.length = 0
    t.match((await call(client, 'coding_link_github_issue', args)).structured, {
      title: '',
      note: /cannot decrypt/
    })
    t.equal(requests.length, 0)
    t.equal((await ada.link(args)).structured.title, issue.title)
  }
)
