import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import t from 'tap'
import bodyDeadline from '../../plugins/body-deadline.ts'

t.test(
  'a body that does not arrive in time ends the connection, except for an upload',
  async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(bodyDeadline, { bodyMs: 300 })
    app.post('/form', async () => 'read')
    app.post('/upload', { config: { upload: true } }, async () => 'read')
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const slowly = async (path: string) => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n`)
      socket.write('content-type: text/plain\r\n\r\nab')
      setTimeout(() => socket.write('cd'), 900).unref()
      return text(socket)
    }
    t.match(await slowly('/form'), /^HTTP\/1\.1 408 /)
    t.match(await slowly('/upload'), /^HTTP\/1\.1 200 /)
  }
)
