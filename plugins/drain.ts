import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * At shutdown, connections on which nothing was ever asked are ended: browsers and HTTP clients
 * open them ahead of need. Node.js does not count them as idle, so that close() would wait for a
 * request until the time for its headers is over. And what is answered from then on is the last of
 * its connection, which would else be kept, and waited for, until its client ends it.
 */
export default fp(
  async (app) => {
    const unused = new Set<Socket>()
    let closing = false
    app.server.on('connection', (socket: Socket) => {
      unused.add(socket)
      socket.once('close', () => unused.delete(socket))
    })
    app.server.on('request', ({ socket }: { socket: Socket }) => unused.delete(socket))
    app.addHook('preClose', async () => {
      closing = true
      for (const socket of unused) socket.destroy()
    })
    app.addHook('onSend', (_, reply, _payload, done) => {
      if (closing) reply.header('connection', 'close')
      done()
    })
  },
  { name: 'drain' }
)
