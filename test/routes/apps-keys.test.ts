import t from 'tap'
import { listApiKeys } from '../../db/people/api-keys.ts'
import { initialize, post } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import type { Page } from '../support/visitor.ts'

const running = await runService(t)
const shownKey = ({ html }: Page) => /kagura_[\w-]{43}/.exec(html)?.[0]
const filled = { name: 'laptop', scope: 'mcp:memory', days: '30' }
const formIndex = (page: Page) => page.forms.findIndex(({ action }) => action === '/apps/keys')

t.test('a key that is made under Apps & keys works, and is stored as a digest only', async (t) => {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const page = await visitor.get('/apps/keys')
  const key = shownKey(await visitor.submit(page, filled, formIndex(page)))!
  t.equal((await post(`${running.url}/mcp`, key, initialize)).status, 200)
  const [row] = await listApiKeys(running.app.db, { user_id: user.user_id }, { limit: 10 })
  t.match(row, { name: 'laptop', scope: 'mcp:memory', expired: false })
  t.notMatch(JSON.stringify(row), key)
})

t.test(
  'a form sent twice, also at the same instant, makes one key and shows it once',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const page = await visitor.get('/apps/keys')
    const answers = await Promise.all(
      [1, 2, 3].map(() => visitor.submit(page, filled, formIndex(page)))
    )
    const shownKeys = answers.map(shownKey).filter((key) => key !== undefined)
    t.equal(shownKeys.length, 1)
    t.equal(shownKey(await visitor.get('/apps')), undefined, 'a reload does not show it again')
    const again = await visitor.submit(page, filled, formIndex(page))
    t.equal(again.status, 409)
    t.match(again.html, /This form has already created its key, and the page shows a key only once/)
    t.equal(shownKey(again), undefined)
    const next = await visitor.submit(again, filled, formIndex(again))
    t.not(shownKey(next), shownKeys[0])
    t.equal((await listApiKeys(running.app.db, { user_id: user.user_id }, { limit: 10 })).length, 2)
  }
)

t.test('a key can be made for reading, and for some namespaces', async (t) => {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const page = await visitor.get('/apps/keys')
  const limits = { access: 'read', reach: 'namespaces', new_namespace: 'work' }
  const refused = await visitor.submit(
    page,
    { ...filled, ...limits, new_namespace: '' },
    formIndex(page)
  )
  t.equal(refused.status, 400)
  t.match(refused.html, /Select at least one namespace[^]*value="namespaces" checked/)
  t.ok(shownKey(await visitor.submit(refused, { ...filled, ...limits }, formIndex(refused))))
  const [row] = await listApiKeys(running.app.db, { user_id: user.user_id }, { limit: 10 })
  t.match(row, { access: 'read', namespaces: ['work'], beyond_namespaces: false })
})

t.test('a revoked key does not come back by sending its form again', async (t) => {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const page = await visitor.get('/apps/keys')
  const made = await visitor.submit(page, filled, formIndex(page))
  const [{ key_id: keyId } = { key_id: '' }] = await listApiKeys(
    running.app.db,
    { user_id: user.user_id },
    { limit: 1 }
  )
  const keyPage = await visitor.get(`/apps/${keyId}`)
  const form = keyPage.forms.find(({ action }) => action === '/apps/keys/revoke')!
  const question = await visitor.send(form)
  t.match(question.html, /Revoke the key “laptop”\?/)
  t.equal(
    (await post(`${running.url}/mcp`, shownKey(made)!, initialize)).status,
    200,
    'asking revokes nothing'
  )
  t.match((await visitor.confirm(form)).html, /The key “laptop” is revoked/)
  t.notMatch((await visitor.get('/apps')).html, /is revoked/, 'said once')
  const again = await visitor.submit(page, filled, formIndex(page))
  t.equal(again.status, 409)
  t.equal(shownKey(again), undefined)
  t.equal((await post(`${running.url}/mcp`, shownKey(made)!, initialize)).status, 401)
})

t.test(
  'the form of one person makes no key for another, and a form without a name makes none',
  async (t) => {
    const [ada, bob] = await Promise.all([running.person(), running.person()])
    const [hers, his] = await Promise.all([
      running.signedIn(ada.email),
      running.signedIn(bob.email)
    ])
    const page = await hers.get('/apps/keys')
    t.equal((await his.submit(page, filled, formIndex(page))).status, 403)
    const refused = await hers.submit(page, { ...filled, name: '', days: '365' }, formIndex(page))
    t.equal(refused.status, 400)
    t.match(refused.html, /id="name-problem">.*Give it a name/)
    t.match(refused.html, /<option value="365" selected>/, 'what was chosen is kept')
    t.match(refused.html, /value="mcp:memory" checked>/)
    t.notMatch(refused.html, /value="mcp:web" checked>/)
    t.same(await listApiKeys(running.app.db, { user_id: ada.user_id }, { limit: 10 }), [])
    t.same(await listApiKeys(running.app.db, { user_id: bob.user_id }, { limit: 10 }), [])
  }
)
