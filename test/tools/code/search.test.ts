import t from 'tap'
import { globPattern } from '../../../domain/code/glob.ts'
import { people } from '../caller.ts'

const files = [
  {
    path: 'src/orders/cancel-order.ts',
    content:
      '/** Takes an order back and returns the money. */\n' +
      'export async function cancelOrder (id: string) {\n  await refundPayment(id)\n}\n'
  },
  {
    path: 'src/payments/refund.ts',
    content:
      'export async function refundPayment (id: string) {\n  return bank.transfer(id)\n}\n\n' +
      'export class RefundLimit {\n}\n'
  },
  {
    path: 'lib/refund.py',
    content: 'def refund_payment(order_id):\n    """Refunds are slow."""\n    return order_id\n'
  },
  { path: 'README.md', content: '# Shop\nPayments can be refunded.\n' }
]

t.test(
  'code is found by identifiers whole and in parts, by words in their forms, and by paths',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('coding_index_source_code', { project_id: 'shop', files })
    const search = async (query: string, more = {}) =>
      (await ada!.call('coding_search_source_code', { project_id: 'shop', query, ...more })).answer
        .results
    const paths = async (query: string, more = {}) =>
      (await search(query, more)).map(({ path }: { path: string }) => path)

    const [first] = await search('refundPayment')
    t.match(first, {
      path: 'src/payments/refund.ts',
      symbol: /^function refundPayment/,
      first_line: 1,
      snippet: /bank\.transfer/
    })
    t.ok(first.score > 0)
    t.same(
      (await paths('refund payment')).sort(),
      files.map(({ path }) => path).sort(),
      'parts of camelCase, of snake_case and of prose'
    )
    t.equal((await paths('refund_payment'))[0], 'lib/refund.py')
    t.equal(
      (await paths('how do we return money for cancelled orders?'))[0],
      'src/orders/cancel-order.ts'
    )
    t.same(await paths('orders'), ['src/orders/cancel-order.ts', 'lib/refund.py'], 'by the folder')
    t.same(await paths('refund', { k: 1 }).then(({ length }) => length), 1)
    t.same((await paths('refund', { file_filter: '**/*.ts' })).sort(), [
      'src/orders/cancel-order.ts',
      'src/payments/refund.ts'
    ])
    t.same(await paths('refund', { file_filter: 'lib/*' }), ['lib/refund.py'])
    t.same((await paths('refund', { file_filter: '*.{py,md}' })).sort(), [
      'README.md',
      'lib/refund.py'
    ])
  }
)

t.test('where something is done comes before where it is only imported', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const steps = Array.from({ length: 20 }, (_, i) => `  await step${i}(order, account${i})`)
  const importing = { path: 'a.ts', content: "import { refundPayment } from './pay.ts'\n" }
  const doing = {
    path: 'b.ts',
    content: [
      'export async function all () {',
      ...steps,
      '  await refundPayment(order)',
      '}',
      ''
    ].join('\n')
  }
  await ada!.call('coding_index_source_code', { project_id: 'p', files: [importing, doing] })
  const { results } = (
    await ada!.call('coding_search_source_code', { project_id: 'p', query: 'refund payment' })
  ).answer
  t.match(results, [{ path: 'b.ts', symbol: 'function all' }, { path: 'a.ts' }])
})

t.test('a search without an answer says why', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('coding_index_source_code', { project_id: 'shop', files })
  const { answer, text } = await ada!.call('coding_search_source_code', {
    project_id: 'shop',
    query: 'zebra',
    file_filter: 'src/**'
  })
  t.match(answer, { results: [], reason: /Nothing indexed in project "shop" under src\/\*\*/ })
  t.equal(text, answer.reason)
  t.match(
    await ada!.refusal('coding_search_source_code', { project_id: 'shop', query: '?!' }),
    /no words to search for/
  )
})

t.test(
  'a long passage is shown where the words stand, and answers stay in their size',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const wide = Array.from({ length: 40 }, (_, i) => `  ${'filler '.repeat(13)}${i}`)
    const content = ['function long () {', ...wide, '  needle()', '}'].join('\n')
    await ada!.call('coding_index_source_code', {
      project_id: 'p',
      files: Array.from({ length: 50 }, (_, i) => ({ path: `f${i}.js`, content }))
    })
    const { answer, text } = await ada!.call('coding_search_source_code', {
      project_id: 'p',
      query: 'needle',
      k: 50
    })
    t.equal(answer.results.length, 50)
    t.ok(
      answer.results.every(
        ({ snippet }: { snippet: string }) =>
          snippet.includes('needle()') && snippet.startsWith('…')
      )
    )
    t.ok(JSON.stringify(answer).length + text.length < 150_000)
  }
)

t.test('neither the code of others nor that of other projects is found or counted', async (t) => {
  const {
    callers: [ada, bob]
  } = await people('ada', 'bob')
  await ada!.call('coding_index_source_code', { project_id: 'shop', files })
  const ask = async () =>
    (
      await ada!.call('coding_search_source_code', {
        project_id: 'shop',
        query: 'refund payment order',
        k: 50
      })
    ).answer
  const before = await ask()
  const others = Array.from({ length: 20 }, (_, i) => ({
    path: `refund/${i}.ts`,
    content: 'refund payment refund payment'
  }))
  await bob!.call('coding_index_source_code', { project_id: 'shop', files: others })
  await ada!.call('coding_index_source_code', { project_id: 'other', files: others })
  t.same(await ask(), before)
  await bob!.call('coding_index_source_code', { project_id: 'shop', complete: true })
  t.same(await ask(), before, "nothing is deleted but one's own")
})

t.test('globs', async (t) => {
  const matches = (glob: string, path: string) => new RegExp(globPattern(glob), 'u').test(path)
  for (const [glob, path] of [
    ['*.ts', 'a/b.ts'],
    ['src/*.ts', 'src/a.ts'],
    ['src/**', 'src/a/b.c'],
    ['**/b.ts', 'b.ts'],
    ['a/**/b', 'a/x/y/b'],
    ['./a?c', 'abc'],
    ['a/{b,c}.py', 'a/c.py'],
    ['a/[x].ts', 'a/[x].ts'],
    ['a+(b', 'a+(b'],
    ['{a', 'a']
  ]) {
    t.ok(matches(glob!, path!), `${glob} ${path}`)
  }
  for (const [glob, path] of [
    ['src/*.ts', 'src/a/b.ts'],
    ['*.ts', 'a.tsx'],
    ['a.c', 'abc'],
    ['a/**/b', 'ab'],
    ['x', 'xy']
  ]) {
    t.notOk(matches(glob!, path!), `${glob} ${path}`)
  }
})
