import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './port.ts'
import type { Teardown } from './teardown.ts'

export interface Wire {
  /** The database's address through the wire. */
  url: string
  /** Ends all connections and refuses new ones. */
  cut: () => void
  /** Passes nothing on any more, without an error, like a firewall that forgot a connection. */
  silence: () => void
  /** New connections work again. */
  mend: () => void
  /** Resolves when no connection is open. */
  unused: () => Promise<void>
}

/** A wire between PostgreSQL clients and the server at `databaseUrl`; closed at teardown. */
export async function wireTo(t: Teardown, databaseUrl: string): Promise<Wire> {
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
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    open.forEach((socket) => socket.destroy())
    server.close()
  })
  url.search = ''
  url.hostname = '127.0.0.1'
  url.port = String(port)
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
