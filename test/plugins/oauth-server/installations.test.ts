import t from 'tap'
import { connected, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import type { Page } from '../../support/visitor.ts'

const running = await runService(t)

t.test(
  'the account page lists a limited number of apps and installations, and links to the rest',
  async (t) => {
    const { visitor, client, user } = await connected(running)
    const { db } = running.app
    const { grant_id: _, ...grant } = await db
      .selectFrom('oauth_grants')
      .selectAll()
      .where('user_id', '=', user.user_id)
      .executeTakeFirstOrThrow()
    const secondClient = await register(running)
    const ids = await db
      .insertInto('oauth_grants')
      .values(
        Array.from({ length: 60 }, (_, i) => ({
          ...grant,
          client_id: i === 0 ? secondClient.client_id : client.client_id,
          created_at: new Date(Date.now() - i * 1000)
        }))
      )
      .returning(['grant_id', 'client_id'])
      .execute()
    await db
      .insertInto('oauth_tokens')
      .values(
        ids.map((grantRow) => ({
          ...grantRow,
          user_id: user.user_id,
          scope: grant.scope,
          resource: grant.resource,
          access_token_hash: grantRow.grant_id
        }))
      )
      .execute()
    const listed = ({ forms }: Page) =>
      forms.filter(({ fields }) => fields.filter(([name]) => name === 'grant_id').length === 1)
        .length
    const home = await visitor.get('/account')
    t.equal(listed(home), 6, 'five of one app, one of the other')
    const link = (page: Page) =>
      /href="(\/\?app=[^"#]*)[^"]*">Show more installations/
        .exec(page.html)?.[1]
        ?.replaceAll('&amp;', '&')
    const first = await visitor.get(link(home)!)
    t.equal(listed(first), 50)
    const rest = await visitor.get(link(first)!)
    t.equal(listed(rest), 10)
    t.equal(link(rest), undefined)
    t.match(
      (await visitor.get('/account?app=nobody&after=nothing')).html,
      'No other app is connected'
    )
    t.equal((await visitor.get('/account?apps=99&keys=nothing&ended=nothing')).status, 200)
  }
)
