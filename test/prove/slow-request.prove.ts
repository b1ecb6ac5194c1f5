import t from 'tap'
import { raw, TOKEN } from '../plugins/oauth-server/cases/expected.ts'
import { openWorld } from '../plugins/oauth-server/cases/world.ts'

t.test('a request whose body never comes to its end is answered with 408 and closed', async (t) => {
  const began = Date.now()
  const answer = await raw(
    await openWorld(t, 1),
    `POST ${TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=`
  )
  t.match(answer, /^HTTP\/1\.1 408/)
  t.ok(Date.now() - began < 120_000, `${Date.now() - began} ms`)
})
