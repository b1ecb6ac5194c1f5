import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Wire {
  /** The database's address through the wire. */
  url: string
  /** Ends what is connected and lets nobody connect. */
  cut: () => void
  /** Nothing more is passed on, and nobody is told, as by a firewall that forgot a connection. */
  silence: () => void
  /** What connects from now on gets through. */
  mend: () => void
  /** Resolves when nobody is connected any more. */
  unused: () => Promise<void>
}

/** A wire between a client of PostgreSQL and the server at `databaseUrl`. */
export async function wireTo(t: Test, databaseUrl: string): Promise<Wire> {
  const url = new URL(databaseUrl)
  const host = url.searchParams.get('host') ?? url.hostname
  const target = host.startsWith('/')
    ? { path: `${host}/.s.PGSQL.${url.port || 5432}` }
    : { host, port: Number(url.port || 5432) }
  const open = new Set<Socket>()
  let state: 'open' | 'cut' | 'silent' = 'open'
  const server = createServer((socket) => {
    if (state === 'cut') return socket.destroy()
    open.add(socket.on('error', () => socket.destroy()))
    socket.on('close', () => open.delete(socket))
    if (state === 'silent') return socket.resume()
    const onward = connect(target as { host: string; port: number })
    open.add(onward.on('error', () => onward.destroy()))
    onward.on('close', () => {
      open.delete(onward)
      socket.destroy()
    })
    socket.on('close', () => onward.destroy())
    socket.pipe(onward).pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    open.forEach((socket) => socket.destroy())
    server.close()
  })
  url.search = ''
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut: () => {
      state = 'cut'
      open.forEach((socket) => socket.destroy())
    },
    silence: () => {
      state = 'silent'
      open.forEach((socket) => socket.unpipe().on('data', () => {}))
    },
    mend: () => {
      state = 'open'
    },
    async unused() {
      while (open.size > 0) await once([...open][0]!, 'close')
    }
  }
}
