import t from 'tap'
import { appIdOf } from '../../../lib/app-id.ts'
import { connected, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import type { Page } from '../../support/visitor.ts'

const running = await runService(t)

t.test(
  'the page of an app lists a limited number of installations, and links to the rest',
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
    const list = await visitor.get('/apps')
    t.match(list.html, '60 installations')
    t.match(list.html, `/apps/${appIdOf(secondClient.client_id)}`)
    const link = (page: Page) => /href="([^"#]*)[^"]*">Show more installations/.exec(page.html)?.[1]
    const sizes: number[] = []
    let next: string | undefined = `/apps/${appIdOf(client.client_id)}`
    while (next !== undefined) {
      const page = await visitor.get(next)
      sizes.push(listed(page))
      next = link(page)
    }
    t.same(sizes, [20, 20, 20])
    const odd = ['/apps?after=x&ended=y', `/apps/${appIdOf(client.client_id)}?after=nothing`]
    for (const path of odd) t.equal((await visitor.get(path)).status, 200, path)
  }
)
