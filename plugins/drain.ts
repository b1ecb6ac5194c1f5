import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * At shutdown, connections on which nothing was ever asked are ended: browsers and HTTP clients open them ahead of need. Node.js does not count
 * them as idle, so that close() would wait for a request until the time for its headers is over.
 */
export default fp(async (app) => {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }: { socket: Socket }) => unused.delete(socket))
  app.addHook('preClose', async () => { for (const socket of unused) socket.destroy() })
}, { name: 'drain' })
