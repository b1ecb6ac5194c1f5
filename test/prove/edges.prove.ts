import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { audited } from '../cli/audited.ts'
import { kaguraJson, kaguraProcess } from '../cli/command.ts'
import { freshSettings, openSettings, spawnService, temporaryDirectory } from '../support/helper.ts'
import { freePort } from '../support/port.ts'

/** A proxy in front of the service: its program, and its settings, right and wrong. */
interface Edge {
  program: string
  /** The arguments and files for a port of https, a port of the service, and one line more. */
  prepare: (directory: string, port: number, target: number, more: string) => string[]
  /** Where the certificate is that clients have to trust. */
  certificate: (directory: string) => string
  /** Lines that break it, and the check of the doctor that must name it. */
  wrong: Array<{ line: string; check: string }>
}

/** A certificate of its own, with its key in the same file. */
function makeCertificate(directory: string): string {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  if (!existsSync(certificate)) {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const files = ['-keyout', key, '-out', certificate]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files],
      { stdio: 'ignore' }
    )
    writeFileSync(join(directory, 'both.pem'), `${readFileSync(certificate)}${readFileSync(key)}`)
  }
  return certificate
}

const edges: Edge[] = [
  {
    program: 'caddy',
    prepare(directory, port, target, more) {
      const config = join(directory, 'Caddyfile')
      writeFileSync(
        config,
        `{
  admin off
  skip_install_trust
  auto_https disable_redirects
  storage file_system ${directory}
}
https://localhost:${port} {
  tls internal
  ${more}
  reverse_proxy 127.0.0.1:${target}
}\n`
      )
      return ['run', '--config', config, '--adapter', 'caddyfile']
    },
    certificate: (directory) => join(directory, 'pki/authorities/local/root.crt'),
    wrong: [
      { line: 'respond /.well-known/* 404', check: 'authorization server metadata' },
      { line: 'request_header -Mcp-Method', check: 'call' }
    ]
  },
  {
    program: 'nginx',
    prepare(directory, port, target, more) {
      makeCertificate(directory)
      const config = join(directory, 'nginx.conf')
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      writeFileSync(
        config,
        `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${directory}/pid;
events {}
http {
  ${paths.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${directory}/cert.pem; ssl_certificate_key ${directory}/key.pem;
    ${more.startsWith('client_max_body_size') ? '' : 'client_max_body_size 20m;'}
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 1h;
      ${more}
    }
  }
}\n`
      )
      return ['-c', config, '-p', directory, '-e', join(directory, 'error.log')]
    },
    certificate: makeCertificate,
    wrong: [
      { line: 'client_max_body_size 1m;', check: 'large body' },
      {
        line: 'proxy_ignore_headers X-Accel-Buffering; proxy_buffering on;',
        check: 'event stream'
      }
    ]
  },
  {
    program: 'haproxy',
    prepare(directory, port, target, more) {
      makeCertificate(directory)
      const config = join(directory, 'haproxy.cfg')
      writeFileSync(
        config,
        `defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend https
  bind 127.0.0.1:${port} ssl crt ${directory}/both.pem
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  ${more}
  default_backend kagura
backend kagura
  server one 127.0.0.1:${target}\n`
      )
      return ['-db', '-f', config]
    },
    certificate: makeCertificate,
    wrong: [
      { line: 'http-request deny if METH_OPTIONS', check: 'CORS preflight' },
      { line: 'http-response del-header WWW-Authenticate', check: 'POST without credentials' }
    ]
  }
]

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(existsSync)
}

/** Starts a proxy until the returned function ends it. */
async function startEdge(edge: Edge, program: string, args: string[], port: number) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = text(child.stderr)
  child.stdout.resume()
  const ended = once(child, 'exit')
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`${edge.program} ended: ${await output}`)
    const status = await send(port, '127.0.0.1', '/health', 'GET').catch(() => 0)
    if (status > 0) break
    await setTimeout(100)
  }
  return async () => {
    child.kill()
    await ended
  }
}

/** Sends a request through the proxy from an address of this machine; returns the status. */
async function send(port: number, from: string, path: string, method: string, body = '') {
  const outgoing = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    method,
    localAddress: from,
    rejectUnauthorized: false, // the doctor checks the certificate
    headers: { host: `localhost:${port}`, ...(body && { 'content-type': 'application/json' }) }
  })
  outgoing.end(body)
  const [answer] = await once(outgoing, 'response')
  answer.resume()
  return answer.statusCode as number
}

for (const edge of edges) {
  t.test(`behind ${edge.program} with https all works, and the doctor names faults`, async (t) => {
    const program = findProgram(edge.program)
    if (program === undefined) {
      t.pass(`${edge.program} is not installed here, so this is not tried.`)
      return
    }
    await tryEdge(t, edge, program)
  })
}

async function tryEdge(t: Test, edge: Edge, program: string): Promise<void> {
  const settings = await freshSettings(t)
  const [port, target] = [await freePort(), await freePort()]
  const publicUrl = `https://localhost:${port}`
  await spawnService(t, settings, {
    PORT: String(target),
    PUBLIC_URL: publicUrl,
    TRUST_PROXY: '127.0.0.1'
  })
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  const email = 'ada@example.com'
  await kaguraJson(settings, ['user', 'create', '--email', email])
  const { key } = await kaguraJson(settings, ['key', 'create', '--user', email, '--name', 'edge'])
  const directory = temporaryDirectory(t)
  const examine = async () => {
    const trusted = { NODE_EXTRA_CA_CERTS: edge.certificate(directory) }
    const args = ['doctor', publicUrl, '--key', key, '--json']
    const { stdout } = await kaguraProcess({ ...settings, ...trusted }, args)
    const { checks } = JSON.parse(stdout) as { checks: Array<{ check: string; ok: boolean }> }
    return checks.filter(({ ok }) => !ok).map(({ check }) => check)
  }
  const stop = await startEdge(edge, program, edge.prepare(directory, port, target, ''), port)
  try {
    t.same(await examine(), [], 'the doctor finds nothing')
    const body = JSON.stringify({
      client_name: 'edge',
      redirect_uris: ['http://127.0.0.1/callback']
    })
    t.equal(await send(port, '127.0.0.7', '/api/v1/oauth/register', 'POST', body), 201)
    const registrations = await audited(db, 'oauth.client.registered')
    t.equal(registrations.at(-1)?.ip_address, '127.0.0.7', 'the audit log has the address')
  } finally {
    await stop()
  }
  for (const { line, check } of edge.wrong) {
    const args = edge.prepare(directory, port, target, line)
    const stopWrong = await startEdge(edge, program, args, port)
    try {
      t.ok((await examine()).includes(check), `${line}: the doctor names "${check}"`)
    } finally {
      await stopWrong()
    }
  }
}
