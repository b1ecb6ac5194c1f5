import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { emptySettings, freshSettings, spawnService } from './support/helper.ts'
import { runService } from './support/running.ts'

t.test(
  'the server starts on an empty database, is alive and ready, and ends in order',
  async (t) => {
    const { url, stop, stderr } = await spawnService(t, await emptySettings(t))
    for (const path of ['/health', '/ready']) t.equal((await fetch(url + path)).status, 200, path)
    t.equal(await stop(), 0, stderr())
  }
)

t.test('idle connections and unfinished requests do not delay the end', async (t) => {
  const { url, stop, stderr } = await spawnService(t, await freshSettings(t))
  const open = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    return socket.on('error', () => {}).resume()
  }
  await open()
  const socket = await open()
  socket.write('GET /health HTTP/1.1\r\n')
  t.equal((await fetch(`${url}/health`)).status, 200)
  const began = Date.now()
  t.equal(await stop(), 0, stderr())
  t.ok(Date.now() - began < 5000)
})

t.test('a request under way at the end gets its answer, and its connection closes', async (t) => {
  const { app } = await runService(t)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const answer = text(socket)
  socket.write(
    [
      'POST /login HTTP/1.1',
      'host: localhost',
      'content-type: application/x-www-form-urlencoded',
      'content-length: 7',
      '',
      'email'
    ].join('\r\n')
  )
  await once(app.server, 'request')
  const started = Date.now()
  const ended = app.close()
  setTimeout(() => socket.write('=x'), 200)
  t.match(await answer, /^HTTP\/1\.1 401 [^]*\r\nconnection: close\r\n/i)
  await ended
  t.ok(Date.now() - started < 10_000)
})

t.test('a signal to npm start ends the server', async (t) => {
  const npm = spawn('npm', ['start'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env['PATH'], HOME: tmpdir(), PORT: '0', ...(await freshSettings(t)) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true // a group of its own, to be ended as a whole
  })
  const exited = once(npm, 'exit')
  t.teardown(() => {
    try {
      process.kill(-npm.pid!, 'SIGKILL')
    } catch {}
  })
  let written = ''
  for await (const text of npm.stdout.setEncoding('utf8')) {
    if (/listening on \S+\s/.test((written += text))) break
  }
  const url = /listening on (\S+)/.exec(written)![1]!
  t.equal((await fetch(`${url}/health`)).status, 200)
  npm.kill('SIGTERM')
  t.equal((await exited)[0], 0)
  await t.rejects(fetch(`${url}/health`))
})

t.test('a wrong setting stops the start with one line that names it', async (t) => {
  const error = (await spawnService(t, await freshSettings(t), { PORT: 'many' }).catch(
    (error: Error) => error
  )) as Error
  t.match(error.message, /ended with code 1/)
  t.match(error.message.trim().split('\n').at(-1), /^Wrong setting PORT: /)
})

t.test(
  'a client has a minute to send its headers, and a quarter of an hour for an upload',
  async (t) => {
    const { requestTimeout, headersTimeout } = (await runService(t)).app.server
    t.ok(requestTimeout > 0 && requestTimeout <= 900_000)
    t.ok(headersTimeout > 0 && headersTimeout <= 60_000)
  }
)
