import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { FetchRefusedError } from '../../plugins/guarded-fetch/index.ts'
import { collectGarbage } from '../support/garbage.ts'
import { outside, PUBLIC_ADDRESS } from '../support/outside.ts'
import { fetcher, proxyTo, reason, special } from './fetching.ts'

const limits = { maxBytes: 10_000, timeoutMs: 2000, redirects: 5, plainHttp: true }

t.test(
  'a page may be plain http, on a port that is allowed, and of a type that is wanted',
  async (t) => {
    const world = await outside(t, ({ url }, response) =>
      response
        .writeHead(url === '/missing' ? 404 : 200, {
          'content-type': url === '/zip' ? 'application/zip' : 'Text/HTML; charset=x'
        })
        .end('page')
    )
    const fetch = await fetcher(t, world, limits)
    t.equal((await fetch('http://a.example.com/')).body.toString(), 'page')
    t.equal(await reason(fetch('https://a.example.com:8443/')), 'bad_port')
    t.equal((await fetch('https://a.example.com:8443/', { ports: ['8443'] })).status, 200)
    t.equal(world.requests.at(-1), 'a.example.com:8443/')
    const types = ['text/html']
    t.equal((await fetch('https://a.example.com/', { types })).status, 200)
    t.equal(await reason(fetch('https://a.example.com/zip', { types })), 'unwanted_type')
  }
)

t.test(
  'whichever special address a name has, alone or beside a public one, nothing is connected to',
  async (t) => {
    const world = await outside(t, (_, response) => response.end('reached'))
    const fetch = await fetcher(t, world, limits)
    for (const address of special) {
      for (const answers of [[address], [PUBLIC_ADDRESS, address], [address, PUBLIC_ADDRESS]]) {
        world.names['special.example.com'] = [answers]
        for (const protocol of ['http', 'https']) {
          t.equal(
            await reason(fetch(`${protocol}://special.example.com/`)),
            'not_public',
            `${answers}`
          )
        }
      }
      t.equal(
        await reason(fetch(`http://${address.includes(':') ? `[${address}]` : address}/`)),
        'not_public',
        `${address} in the URL`
      )
    }
    t.same(world.dialled, [])
  }
)

t.test(
  'what admits an address is asked before each connection, with what was resolved, and may refuse',
  async (t) => {
    const world = await outside(t, ({ url }, response) =>
      response
        .writeHead(
          url === '/start' ? 302 : 200,
          url === '/start' ? { location: 'https://b.example.com/end' } : {}
        )
        .end('x')
    )
    const fetch = await fetcher(t, world, limits)
    const admitted: string[] = []
    await fetch('https://a.example.com/start', {
      admit: async (url, addresses) => {
        admitted.push(`${url.href} ${addresses}`)
      }
    })
    t.same(admitted, [
      `https://a.example.com/start ${PUBLIC_ADDRESS}`,
      `https://b.example.com/end ${PUBLIC_ADDRESS}`
    ])
    const admit = async ({ host }: URL) => {
      if (host === 'b.example.com') throw new FetchRefusedError('denied_host', 'no')
    }
    t.equal(await reason(fetch('https://a.example.com/start', { admit })), 'denied_host')
    t.equal(world.requests.filter((request) => request === 'b.example.com/end').length, 1)
    t.equal(
      await reason(
        fetch('https://a.example.com/', {
          timeoutMs: 100,
          admit: async () => {
            await collectGarbage()
            return new Promise(() => {})
          }
        })
      ),
      'timeout'
    )
  }
)

t.test(
  'of a gigabyte nothing is read beyond the limit, whether it is announced or not',
  async (t) => {
    let sent = 0
    const world = await outside(t, ({ url }, response) => {
      if (url === '/announced') response.writeHead(200, { 'content-length': 1024 ** 3 })
      const chunk = Buffer.alloc(65_536)
      const more = () => {
        while (!response.destroyed && (sent += chunk.length) < 1024 ** 3 && response.write(chunk));
      }
      response.on('drain', more)
      more()
    })
    const fetch = await fetcher(t, world, limits)
    const before = process.memoryUsage.rss()
    for (const path of ['announced', 'unannounced']) {
      t.equal(
        await reason(fetch(`https://a.example.com/${path}`, { maxBytes: 100_000 })),
        'too_large',
        path
      )
    }
    t.ok(sent < 100_000_000, `${sent} bytes were sent`)
    t.ok(process.memoryUsage.rss() - before < 200_000_000)
  }
)

t.test('headers that never end are given up: too many bytes of them, or too slow', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket
      .on('error', () => {})
      .once('data', (request) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const fast = String(request).includes('/fast')
        const timer = setInterval(
          () => socket.write(`x-more: ${'y'.repeat(fast ? 5000 : 1)}\r\n`),
          fast ? 1 : 50
        )
        socket.on('close', () => clearInterval(timer))
      })
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const fetch = await fetcher(
    t,
    {
      network: {
        resolve: async () => [PUBLIC_ADDRESS],
        dial: () => ({ address: '127.0.0.1', port })
      }
    },
    limits
  )
  t.equal(await reason(fetch('http://a.example.com/fast')), 'headers_too_large')
  for (let round = 0; round < 5; round++) {
    t.equal(await reason(fetch('http://a.example.com/slow', { timeoutMs: 100 + round })), 'timeout')
  }
})

t.test(
  'a proxy is asked to connect to the checked address, and TLS is with the name',
  async (t) => {
    const world = await outside(t, ({ headers }, response) =>
      response.end(`for ${headers.host} ${headers['proxy-authorization']}`)
    )
    world.names['inside.example.com'] = [['10.0.0.1']]
    world.names['six.example.com'] = [['2606:4700:4700::1111']]
    const { port, connected } = await proxyTo(t, world)
    const fetch = await fetcher(t, world, limits, `http://me:secret@127.0.0.1:${port}`)
    t.equal((await fetch('https://a.example.com/')).body.toString(), 'for a.example.com undefined')
    t.equal((await fetch('http://a.example.com/')).body.toString(), 'for a.example.com undefined')
    t.equal((await fetch('https://six.example.com/')).status, 200)
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
    t.same(connected, [
      [`${PUBLIC_ADDRESS}:443`, authorization],
      [`${PUBLIC_ADDRESS}:80`, authorization],
      ['[2606:4700:4700::1111]:443', authorization]
    ])
    t.equal(await reason(fetch('https://inside.example.com/')), 'not_public')
    t.equal(
      await reason(fetch('https://wrong-name.example.org/')),
      'unreachable',
      'the certificate must be for the name'
    )
    t.equal(connected.length, 4)
    t.same(world.dialled, [])
  }
)
