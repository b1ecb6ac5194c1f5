import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * Shortens the shutdown. Browsers and HTTP clients open connections ahead of need, and Node.js does
 * not count these as idle: close() would wait for their first request. So the shutdown ends them.
 * Answers during the shutdown carry `Connection: close`, or keep-alive would delay the exit.
 */
export default fp(
  async (app) => {
    const unusedSockets = new Set<Socket>()
    let isClosing = false
    app.server.on('connection', (socket: Socket) => {
      unusedSockets.add(socket)
      socket.once('close', () => unusedSockets.delete(socket))
    })
    app.server.on('request', ({ socket }: { socket: Socket }) => unusedSockets.delete(socket))
    app.addHook('preClose', async () => {
      isClosing = true
      for (const unusedSocket of unusedSockets) unusedSocket.destroy()
    })
    app.addHook('onSend', (_, reply, _payload, done) => {
      if (isClosing) reply.header('connection', 'close')
      done()
    })
  },
  { name: 'drain' }
)
