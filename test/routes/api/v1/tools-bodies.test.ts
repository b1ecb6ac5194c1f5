import t from 'tap'
import { runService } from '../../../support/running.ts'
import { toolClient } from './tool-client.ts'

const running = await runService(t)
const { url } = running
const { key } = await running.key(await running.person())
const ask = toolClient(url, key)

t.test(
  'a body that is not UTF-8 is converted by its charset or refused, at every door',
  async (t) => {
    const post = async (path: string, type: string, bytes: Buffer) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': type,
        accept: 'application/json, text/event-stream'
      }
      const answer = await fetch(url + path, {
        method: 'POST',
        headers,
        body: new Uint8Array(bytes),
        redirect: 'manual'
      })
      return { status: answer.status, text: await answer.text() }
    }
    const quoted = Buffer.from('{"key":"encoded","value":"caf\xe9 \x93\x80\x94"}', 'latin1')
    for (const charset of ['iso-8859-1', '"Windows-1252"', 'windows-1252; x=y']) {
      t.match(
        await post('/api/v1/tools/memory_store', `application/json; charset=${charset}`, quoted),
        { status: 200, text: /"café “€”"/ }
      )
    }
    const utf16 = Buffer.from('\ufeff{"key":"encoded","value":"灯台"}', 'utf16le')
    t.match(await post('/api/v1/tools/memory_store', 'application/json;charset=utf-16', utf16), {
      status: 200,
      text: /灯台/
    })
    for (const path of [
      '/api/v1/tools/memory_store',
      '/api/v1/mcp',
      '/api/v1/mcp/sse',
      '/api/v1/mcp/key',
      '/api/v1/mcp/messages',
      '/register',
      '/token'
    ]) {
      for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain']) {
        if (type === 'text/plain' && path.includes('/tools/')) continue
        t.match(
          await post(path, type, quoted),
          { status: 400, text: /not valid UTF-8\. Send UTF-8/ },
          `${path} ${type}`
        )
      }
      t.match(
        await post(
          path,
          'application/json; charset=shift_jis',
          Buffer.from([0x22, 0xff, 0xff, 0x22])
        ),
        { status: 400, text: /not valid shift_jis/ },
        path
      )
      t.match(
        await post(path, 'application/json; charset=klingon', quoted),
        { status: /^4(00|15)$/, text: /charset klingon is unknown\. Send UTF-8/ },
        path
      )
    }
    const form = 'application/x-www-form-urlencoded'
    t.match(await post('/token', form, Buffer.from('grant_type=x&client_id=caf%E9')), {
      status: 400,
      text: /not valid UTF-8 text/
    })
    t.match(
      await post(
        '/token',
        `${form}; charset=iso-8859-1`,
        Buffer.from('grant_type=x&client_id=caf%E9')
      ),
      { text: /must be Basic/ },
      'the next check'
    )
    t.match(await post('/login', form, Buffer.from('email=caf\xe9', 'latin1')), {
      status: 400,
      text: /not UTF-8 text/
    })
    t.match(await ask('/memory_recall', { body: { key: 'encoded' } }), { body: { value: '灯台' } })
  }
)

t.test(
  'every endpoint refuses oversized or deep JSON before any code walks through it',
  async (t) => {
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}`
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    const bodies: Array<[string, RegExp]> = [
      [members(400_000), /more than 5000 members/],
      [`{"tags":[${'1,'.repeat(1_900_000)}1]}`, /more than 20000 items/],
      ['['.repeat(8_000_000), /40 levels deep/],
      [nested(41), /40 levels deep/],
      [
        `[${Array.from({ length: 20 }, () => `[${'1,'.repeat(9999)}1]`).join()}]`,
        /more than 150000 values/
      ],
      [`{"params":"${'x'.repeat(1_100_000)}"}`, /up to 1048576 bytes/]
    ]
    const inRpc = (body: string) => `{"jsonrpc":"2.0","id":1,"method":"ping","params":${body}}`
    const send = async (path: string, body: string) => {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream'
        },
        body
      })
      return { status: answer.status, text: await answer.text() }
    }
    const before = process.cpuUsage()
    for (const [body, reason] of bodies) {
      // memory_store takes large values.
      const tool = body.includes('params') ? 'coding_end_session' : 'memory_store'
      t.match(
        await send(`/api/v1/tools/${tool}`, body),
        { status: 413, text: reason },
        `REST: ${body.slice(0, 20)}`
      )
      t.match(
        await send('/api/v1/mcp/sse', inRpc(body)),
        { status: 413, text: reason },
        `MCP: ${body.slice(0, 20)}`
      )
    }
    const { user: cpuMicroseconds } = process.cpuUsage(before)
    t.ok(
      cpuMicroseconds < 5e6,
      `${Math.round(cpuMicroseconds / 1000)} ms of processor time, where it was more than 20 s`
    )
    t.match(await send('/api/v1/oauth/register', members(5500)), {
      status: 413,
      text: /5000 members/
    })
    t.match(await ask('/coding_end_session', { body: { session_id: members(6000) } }), {
      status: 400
    })
    t.match(
      await ask('/memory_store', {
        body: { key: 'k', value: 'v', tags: `[${'1,'.repeat(30_000)}1]` }
      }),
      { status: 400, body: { error_description: /20000 items/ } },
      'JSON in a string, too'
    )
    t.match(await ask('/memory_store', { body: { key: 'long', value: 'x'.repeat(1024 * 1024) } }), {
      status: 200
    })
    t.match(
      await ask('/memory_store', { body: { key: 'quotes', value: '"[{\\,'.repeat(50_000) } }),
      { status: 200 },
      'what stands in a string does not count'
    )
    const paths = Array.from({ length: 20_000 }, (_, i) => ({
      path: `src/${i}.ts`,
      sha256: 'a'.repeat(64)
    }))
    t.match(
      await ask('/coding_index_source_code', { body: { project_id: 'p', files: paths } }),
      { status: 200 },
      'the largest call that a tool takes'
    )
  }
)
