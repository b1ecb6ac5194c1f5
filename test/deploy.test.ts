import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { ConfigSchema } from '../plugins/config/schema.ts'
import { readDockerfile } from './support/dockerfile.ts'
import { root } from './support/sources.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const settingNames = Object.keys(ConfigSchema.properties)

t.test('the image runs as an ordinary user, checks itself and copies what exists', async (t) => {
  const instructions = readDockerfile(read('Dockerfile'))
  const valuesOf = (name: string) =>
    instructions.filter((instruction) => instruction.name === name).map(({ value }) => value)
  t.same(valuesOf('ADD'), [])
  t.equal(valuesOf('USER').at(-1), 'node')
  for (const base of valuesOf('FROM')) t.match(base, /^node:\$\{NODE_VERSION\}-slim( AS \w+)?$/)
  t.match(valuesOf('ARG'), [/^NODE_VERSION=(20|22|24)$/])
  t.match(valuesOf('HEALTHCHECK')[0], /\/health/)
  t.notMatch(valuesOf('HEALTHCHECK')[0], /curl|wget/)
  t.same(JSON.parse(valuesOf('ENTRYPOINT')[0]!), ['kagura'])
  for (const command of valuesOf('RUN')) t.notMatch(command, /&&|;|\bcurl\b|\bsudo\b/, command)
  for (const setting of valuesOf('ENV')[0]!
    .split(' ')
    .map((pair) => pair.split('=')[0]!)) {
    t.ok(['NODE_ENV', ...settingNames].includes(setting), setting)
  }
  const sources = valuesOf('COPY').filter((value) => !value.startsWith('--from'))
  for (const source of sources.flatMap((value) => value.split(' ').slice(0, -1))) {
    t.ok(existsSync(join(root, source)), source)
  }
})

t.test('the build gets the sources, and neither data nor secrets', async (t) => {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => /^[^#]/.test(line))
  t.equal(rules[0], '*', 'everything is left out that is not named')
  const allowed = rules.slice(1)
  t.ok(allowed.every((rule) => /^!/.test(rule)))
  const names = allowed.map((rule) => rule.slice(1))
  t.same(
    names.filter((name) => name !== '*.ts' && !existsSync(join(root, name))),
    []
  )
  const { include } = JSON.parse(read('tsconfig.json')) as { include: string[] }
  const folders = new Set(include.map((path) => path.split('/')[0]!))
  t.same(
    [...folders].filter((folder) => !names.includes(folder)),
    []
  )
  for (const secret of ['.env', 'data', '.git']) t.notOk(names.includes(secret), secret)
})

interface Compose {
  services: Record<string, Record<string, any>>
  volumes: Record<string, null>
}

t.test('compose runs the server without rights, and only Caddy has ports', async (t) => {
  const { services, volumes } = parse(read('compose.yaml')) as Compose
  const server = services['kagura-api']!
  t.match(server, { read_only: true, cap_drop: ['ALL'], build: '.', tmpfs: ['/tmp'] })
  t.same(
    Object.keys(services).filter((name) => services[name]!['ports']),
    ['caddy']
  )
  for (const name of Object.keys(server['environment'] as object)) {
    t.ok(settingNames.includes(name), name)
  }
  for (const { volumes: mounts = [] } of Object.values(services)) {
    for (const mount of mounts as string[]) {
      const [source] = mount.split(':') as [string]
      t.ok(source.startsWith('./') ? existsSync(join(root, source)) : source in volumes, mount)
    }
  }
  const tunnel = (parse(read('compose.tunnel.yaml')) as Compose).services
  t.same(Object.keys(tunnel), ['caddy', 'tunnel'])
  t.same(tunnel['caddy'], { profiles: ['without-tunnel'] }, 'Caddy does not start')
  t.match(read('deploy/Caddyfile'), /reverse_proxy kagura-api:3000 \{[^}]*flush_interval -1/)
})

t.test('Kubernetes, Unraid and systemd name settings and paths that exist', async (t) => {
  const parts = parseAllDocuments(read('deploy/kubernetes.yaml')).map(
    (part) => part.toJS() as Record<string, any>
  )
  const [secret, , deployment] = parts
  t.same(
    parts.map(({ kind }) => kind as string),
    ['Secret', 'PersistentVolumeClaim', 'Deployment', 'Service', 'Ingress']
  )
  for (const name of Object.keys(secret!['stringData'] as object)) {
    t.ok(settingNames.includes(name), name)
  }
  const { replicas, strategy, template } = deployment!['spec'] as Record<string, any>
  t.match({ replicas, strategy }, { replicas: 1, strategy: { type: 'Recreate' } })
  t.match(template.spec.securityContext, { runAsNonRoot: true })
  t.match(template.spec.containers[0].securityContext, { readOnlyRootFilesystem: true })
  for (const [, name] of read('deploy/unraid.xml').matchAll(/Target="([A-Z_]+)"/g)) {
    t.ok(settingNames.includes(name!), name!)
  }
  const unit = read('deploy/kagura-memory.service')
  t.notMatch(unit, /^MemoryDenyWriteExecute/m, 'Node.js compiles at run time')
  const verified = spawnSync('systemd-analyze', ['verify', 'deploy/kagura-memory.service'], {
    cwd: root,
    encoding: 'utf8'
  })
  if (verified.error) t.comment('systemd-analyze is not here')
  else t.equal(verified.stderr, '')
  t.same(readdirSync(join(root, 'deploy')).sort(), [
    'Caddyfile',
    'kagura-memory.service',
    'kubernetes.yaml',
    'unraid.xml'
  ])
})
