import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { FetchRefusedError } from '../../plugins/guarded-fetch/index.ts'
import { findPrivateReason } from '../../plugins/guarded-fetch/addresses.ts'
import { outside, PUBLIC_ADDRESS } from '../support/outside.ts'
import { fetcher, reason, special } from './fetching.ts'

const limits = { maxBytes: 10_000, timeoutMs: 2000 }

t.test(
  'an address is public only when it is global unicast and carries no other address',
  async (t) => {
    for (const address of [...special, 'nonsense', '1.2.3']) {
      t.ok(findPrivateReason(address), address)
    }
    for (const address of [
      '8.8.8.8',
      PUBLIC_ADDRESS,
      '1.1.1.1',
      '2606:4700:4700::1111',
      '2a00:1450:4001:81b::200e'
    ]) {
      t.equal(findPrivateReason(address), undefined, address)
    }
  }
)

t.test(
  'a name with any address that is not public is refused, and so is such an address in a URL',
  async (t) => {
    const world = await outside(t, (_, response) => response.end('reached'))
    const fetch = await fetcher(t, world, limits)
    world.names['mixed.example.com'] = [[PUBLIC_ADDRESS, '10.0.0.1']]
    world.names['inside.example.com'] = [['169.254.169.254']]
    for (const url of [
      'https://mixed.example.com/',
      'https://inside.example.com/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://[::ffff:8.8.8.8]/',
      'https://2130706433/',
      'https://0x7f.1/'
    ]) {
      t.equal(await reason(fetch(url)), 'not_public', url)
    }
    for (const [url, why] of [
      ['http://a.example.com/', 'bad_scheme'],
      ['ftp://a.example.com/', 'bad_scheme'],
      ['https://u:p@a.example.com/', 'user_information'],
      ['https://a.example.com:8443/', 'bad_port'],
      ['nonsense', 'bad_url']
    ]) {
      t.equal(await reason(fetch(url!)), why, String(url))
    }
    t.same(world.dialled, [], 'nothing was connected to')
    t.equal((await fetch('https://a.example.com/x')).body.toString(), 'reached')
    t.same(world.dialled, [PUBLIC_ADDRESS])
  }
)

t.test(
  'the connection goes to the address that was checked, whatever DNS answers a moment later',
  async (t) => {
    const world = await outside(t, (_, response) => response.end('reached'))
    world.names['rebind.example.com'] = [[PUBLIC_ADDRESS], ['127.0.0.1']]
    const fetch = await fetcher(t, world, limits)
    t.equal((await fetch('https://rebind.example.com/')).status, 200)
    t.same(world.dialled, [PUBLIC_ADDRESS])
    t.equal(await reason(fetch('https://rebind.example.com/')), 'not_public')
    t.same(world.dialled, [PUBLIC_ADDRESS])
  }
)

t.test('redirects are followed only when asked, each checked like the first address', async (t) => {
  const targets: Record<string, string> = {
    '/6': '/5',
    '/5': '/4',
    '/4': '/3',
    '/3': '/2',
    '/2': '/1',
    '/1': '/0',
    '/inside': 'https://inside.example.com/',
    '/http': 'http://a.example.com/',
    '/loop': '/loop',
    '/ok': 'https://b.example.com/end'
  }
  const world = await outside(t, ({ url = '' }, response) => {
    const location = targets[url]
    response.writeHead(location ? 302 : 200, location ? { location } : {}).end(url)
  })
  world.names['inside.example.com'] = [['10.0.0.1']]
  const fetch = await fetcher(t, world, limits)
  t.equal((await fetch('https://a.example.com/ok')).status, 302)
  t.match(await fetch('https://a.example.com/ok', { redirects: 5 }), {
    status: 200,
    url: 'https://b.example.com/end'
  })
  const refused = await fetch('https://a.example.com/inside', { redirects: 5 }).catch(
    (error: FetchRefusedError) => error
  )
  t.match(refused, { reason: 'not_public' })
  t.notMatch(
    (refused as FetchRefusedError).message,
    '10.0.0.1',
    'the error does not reveal internal addresses'
  )
  t.equal(await reason(fetch('https://a.example.com/http', { redirects: 5 })), 'bad_scheme')
  t.equal(await reason(fetch('https://a.example.com/loop', { redirects: 5 })), 'too_many_redirects')
  t.match(
    await fetch('https://a.example.com/5', { redirects: 5 }),
    { status: 200, url: 'https://a.example.com/0' },
    'five are followed'
  )
  t.equal(
    await reason(fetch('https://a.example.com/6', { redirects: 5 })),
    'too_many_redirects',
    'a sixth is not'
  )
})

t.test('what is sent for one origin does not follow a redirect to another', async (t) => {
  const seen: Array<[string, unknown]> = []
  const world = await outside(t, ({ url = '', headers }, response) => {
    seen.push([headers.host + url, [headers.authorization, headers.accept]])
    const location = { '/start': '/next', '/next': 'https://b.example.com/end' }[url]
    response.writeHead(location ? 302 : 200, location ? { location } : {}).end()
  })
  await (
    await fetcher(t, world, limits)
  )('https://a.example.com/start', {
    redirects: 2,
    headers: { Authorization: 'Bearer x', accept: 'text/html' }
  })
  t.same(seen, [
    ['a.example.com/start', ['Bearer x', 'text/html']],
    ['a.example.com/next', ['Bearer x', 'text/html']],
    ['b.example.com/end', [undefined, 'text/html']]
  ])
})

t.test('what is too big, too slow or never ends is given up at the limit', async (t) => {
  const zeros = Buffer.alloc(20_000_000)
  const bombs: Record<string, Buffer> = {
    gzip: gzipSync(zeros),
    deflate: deflateSync(zeros),
    br: brotliCompressSync(zeros)
  }
  const world = await outside(t, ({ url }, response) => {
    const bomb = bombs[url!.slice(1)]
    if (bomb) return response.writeHead(200, { 'content-encoding': url!.slice(1) }).end(bomb)
    if (url === '/big') return response.end(Buffer.alloc(1_000_000))
    if (url === '/headers') return response.writeHead(200, { 'x-long': 'x'.repeat(30_000) }).end()
    if (url === '/silent') return
    if (url === '/odd') return response.writeHead(200, { 'content-encoding': 'zstd' }).end('x')
    if (url === '/slow') {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 50)
      response.on('close', () => clearInterval(timer))
      return
    }
    response
      .writeHead(200, { 'content-encoding': 'gzip', 'set-cookie': 'a=b' })
      .end(gzipSync('small'))
  })
  const fetch = await fetcher(t, world, limits)
  const began = Date.now()
  for (const [path, why] of [
    ['/gzip', 'too_large'],
    ['/deflate', 'too_large'],
    ['/br', 'too_large'],
    ['/big', 'too_large'],
    ['/headers', 'headers_too_large'],
    ['/odd', 'unknown_encoding']
  ]) {
    t.equal(await reason(fetch(`https://a.example.com${path}`)), why, String(path))
  }
  for (const path of ['/silent', '/slow']) {
    t.equal(
      await reason(fetch(`https://a.example.com${path}`, { timeoutMs: 300 })),
      'timeout',
      path
    )
  }
  t.ok(Date.now() - began < 4000)
  t.equal((await fetch('https://a.example.com/small')).body.toString(), 'small')
})

t.test('no cookie is kept, and a name that never resolves is given up', async (t) => {
  const cookies: Array<string | undefined> = []
  const world = await outside(t, ({ url, headers }, response) => {
    cookies.push(headers.cookie)
    response
      .writeHead(url === '/start' ? 302 : 200, {
        'set-cookie': 'a=b; Secure',
        ...(url === '/start' && { location: '/' })
      })
      .end()
  })
  const fetch = await fetcher(t, world, limits)
  for (let i = 0; i < 2; i++) await fetch('https://a.example.com/start', { redirects: 1 })
  t.same(
    cookies,
    [undefined, undefined, undefined, undefined],
    'neither to the next address nor to the next call'
  )
  const lost = await fetcher(
    t,
    {
      network: {
        resolve: async () => {
          await sleep(5000, undefined, { ref: false })
          return []
        }
      }
    },
    limits
  )
  t.equal(await reason(lost('https://a.example.com/', { timeoutMs: 100 })), 'timeout')
  t.equal(
    await reason(lost('https://a.example.com/', { signal: AbortSignal.abort() })),
    'timeout',
    'also when it was given up before'
  )
})
