import t from 'tap'
import { inThread } from '../../../tools/web/reading/thread.ts'

const work = (source: string) => ({ kind: 'html' as const, source, url: 'https://a.example.com/', selector: undefined })
const late = { problem: /^The page takes too long to be read here/ }

t.test('a page whose time is over already is not begun, and the next is read', async (t) => {
  t.match(await inThread(work('<p>Late.</p>'), AbortSignal.abort()), late)
  t.match(await inThread(work('<p>In time.</p>'), new AbortController().signal), { page: { text: /In time/ } })
})

t.test('a page whose time ends while it is read is given up at once', async (t) => {
  const caller = new AbortController()
  const began = performance.now()
  const read = inThread(work('<div>'.repeat(200_000)), caller.signal)
  setTimeout(() => caller.abort(), 100)
  t.match(await read, late)
  t.ok(performance.now() - began < 5000)
})
