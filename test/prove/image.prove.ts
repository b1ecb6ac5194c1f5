// The steps of the Dockerfile in plain folders, for machines without a container engine: the same
// commands in the same order, with this Node.js instead of the base image.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import t from 'tap'
import { type DockerInstruction, readDockerfile } from '../support/dockerfile.ts'
import { temporaryDirectory } from '../support/helper.ts'
import { freePort } from '../support/port.ts'
import { root } from '../support/sources.ts'

/** What the base image weighs for amd64, in MB (docker image inspect of node:24-slim). */
const BASE_MB = 235
/** An ordinary account, if this process is root. */
const ACCOUNT = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}

interface Stage {
  folder: string
  workdir: string
  env: Record<string, string>
  values: Record<string, string>
}

/** Runs the instructions; each stage has a folder of its own as its root. Returns the last stage. */
function buildImage(scratch: string, instructions: DockerInstruction[]): Stage {
  const stages: Record<string, Stage> = {}
  let stage: Stage | undefined
  for (const { name, value } of instructions) {
    if (name === 'FROM') {
      const stageName = / AS (\w+)$/.exec(value)?.[1] ?? 'final'
      stage = { folder: join(scratch, stageName), workdir: '/', env: {}, values: {} }
      stages[stageName] = stage
      for (const folder of ['tmp', 'usr/local/bin']) {
        mkdirSync(join(stage.folder, folder), { recursive: true })
      }
    } else if (stage) runInstruction(stage, stages, name, value)
  }
  return stage!
}

function runInstruction(
  stage: Stage,
  stages: Record<string, Stage>,
  name: string,
  value: string
): void {
  const inside = (path: string) => join(stage.folder, resolve(stage.workdir, path))
  if (name === 'WORKDIR') {
    stage.workdir = value
    mkdirSync(inside('.'), { recursive: true })
  } else if (name === 'ENV') {
    for (const pair of value.split(' ')) {
      const [variable, text] = pair.split('=') as [string, string]
      stage.env[variable] = text
    }
  } else if (name === 'COPY') {
    const words = value.split(' ')
    const from = /^--from=(\w+)$/.exec(words[0]!)?.[1]
    const target = words.at(-1)!
    for (const source of words.slice(from ? 1 : 0, -1)) {
      copyInto(from ? join(stages[from]!.folder, source) : root, source, inside(target), target)
    }
  } else if (name === 'RUN') {
    // The owner of the image does not exist here, and absolute paths are those of the image.
    const command = value
      .replace(' -o node -g node', '')
      .replace(/(?<= )\/(app|data|usr)/g, (path) => join(stage.folder, path))
    execFileSync('/bin/sh', ['-c', command], {
      cwd: inside('.'),
      env: { ...process.env, npm_config_prefer_offline: 'true' },
      stdio: ['ignore', 'ignore', 2]
    })
  } else stage.values[name] = value
}

/** COPY: a folder is copied by its content, and the context without what .dockerignore names. */
function copyInto(origin: string, source: string, target: string, written: string): void {
  if (origin !== root) return cpSync(origin, target, { recursive: true })
  if (source !== '.') {
    const isFolder = written.endsWith('/')
    return cpSync(join(root, source), isFolder ? join(target, source) : target)
  }
  const allowed = readFileSync(join(root, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm)!
  cpSync(root, target, {
    recursive: true,
    filter: (path) => {
      const [name = ''] = path.slice(root.length).split('/')
      return name === '' || allowed.includes(name) || /^[^/]+\.ts$/.test(path.slice(root.length))
    }
  })
}

t.test('the steps of the Dockerfile make a server that writes to /data only', async (t) => {
  const scratch = temporaryDirectory(t)
  chmodSync(scratch, 0o755)
  const image = buildImage(scratch, readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8')))
  const [app, data] = [join(image.folder, 'app'), join(image.folder, 'data')]
  const megabytes = Number(execFileSync('du', ['-sm', app], { encoding: 'utf8' }).split('\t')[0])
  t.comment(`${megabytes} MB in /app, about ${megabytes + BASE_MB} MB with the base image`)
  t.ok(megabytes + BASE_MB < 350)
  for (const path of ['dist/test', 'dist/bench', '.env', 'data', '.git', 'node_modules/tap']) {
    t.notOk(existsSync(join(app, path)), path)
  }
  execFileSync('chmod', ['-R', 'a-w', app])
  if (ACCOUNT.uid) chownSync(data, ACCOUNT.uid, ACCOUNT.gid)
  const port = await freePort()
  const env = {
    PATH: process.env['PATH'],
    TMPDIR: '/tmp',
    ...image.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: join(data, basename(image.env['DATA_DIR']!))
  }
  const command = join(
    image.folder,
    'usr/local/bin',
    (JSON.parse(image.values['ENTRYPOINT']!) as string[])[0]!
  )
  const options = { cwd: data, env, ...ACCOUNT }
  const server = spawn(command, JSON.parse(image.values['CMD']!) as string[], options)
  t.teardown(() => server.kill('SIGKILL'))
  let log = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  }
  const [check, ...checkArguments] = JSON.parse(
    /CMD (\[.*)$/.exec(image.values['HEALTHCHECK']!)![1]!
  ) as string[]
  const isHealthy = async () =>
    ((await once(spawn(check!, checkArguments, options), 'exit')) as [number])[0] === 0
  t.notOk(await isHealthy(), 'it is not healthy before it listens')
  const limit = Date.now() + 120_000
  while (!/listening on/.test(log) && server.exitCode === null && Date.now() < limit) {
    await new Promise((done) => setTimeout(done, 200))
  }
  t.ok(await isHealthy(), log)
  const token = await fetch(`http://127.0.0.1:${port}/api/v1/oauth/token`, { method: 'POST' })
  t.ok(token.status >= 400)
  t.match(log, /oauth/, 'log lines of OAuth carry the word')
  execFileSync(command, ['backup'], options)
  t.ok(existsSync(join(data, 'backups')), 'kagura backup works in the container')
  server.kill('SIGTERM')
  t.equal(((await once(server, 'exit')) as [number])[0], 0)
})
