import t from 'tap'
import { sendRawRequest, TOKEN_PATH } from '../plugins/oauth-server/cases/expectations.ts'
import { deployService } from '../support/deployed-service.ts'

t.test('a request whose body never ends gets 408, and its connection closes', async (t) => {
  const began = Date.now()
  const request = [
    `POST ${TOKEN_PATH} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: 100',
    '',
    'grant_type='
  ]
  const answer = await sendRawRequest(await deployService(t, 1), request.join('\r\n'))
  t.match(answer, /^HTTP\/1\.1 408/)
  t.ok(Date.now() - began < 120_000, `${Date.now() - began} ms`)
})
