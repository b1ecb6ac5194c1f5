import { accessSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isLoopback, mcpPaths } from '../../lib/mcp-resource.ts'
import { type Config, trustedProxies } from '../../plugins/config/index.ts'
import { publicUrlNote } from '../../lib/public-url.ts'
import { requireServerSecret } from '../../plugins/seal.ts'
import { parseHostLists } from '../../plugins/web/hosts.ts'
import { Refusal, shown } from '../arguments.ts'
import { onDatabase, settings } from '../database.ts'
import { print, subcommand, type WithJson } from '../subcommand.ts'
import { checkEmbeddings } from './embeddings.ts'
import { checkEnvFile } from './env-file.ts'
import { checkMcp } from './mcp.ts'
import { checkMetadata } from './metadata.ts'
import { explainRequest } from './request.ts'
import { type Check, failed, noted, passed, Visit } from './visit.ts'
import { checkWeb } from './web.ts'

export function addDoctorCommand(kagura: Command): void {
  subcommand(
    kagura,
    'doctor',
    'Checks this installation, or a server from outside as its clients see it; or explains one refused request.',
    'kagura doctor https://memory.example.org'
  )
    .argument(
      '[url]',
      'the address of a server; otherwise the settings, the database, and the server that they name'
    )
    .option('--key <key>', 'also use the tools, with this API key')
    .option(
      '--request <id>',
      'explain the request with this id, which error pages and answers show'
    )
    .action(doctor)
}

interface Asked extends WithJson {
  key?: string
  request?: string
}

async function doctor(
  url: string | undefined,
  { key, request, ...options }: Asked,
  command: Command
): Promise<void> {
  if (request !== undefined) {
    if (url !== undefined || key !== undefined) command.error('error: --request goes alone')
    return explainRequest(request, options)
  }
  const checks =
    url === undefined
      ? await checkInstallation(key)
      : [...checkPublicUrl(originOf(url)), ...(await checkServer(originOf(url), key))]
  const summary = summarize(checks)
  print(options, { checks, summary }, () => [...checks.map(line), '', summary.text].join('\n'))
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1
}

interface Summary {
  ok: boolean
  passed: number
  failed: number
  advice: number
  text: string
}

/** The result in one sentence, with the names of what failed. */
function summarize(checks: Check[]): Summary {
  const failures = checks.filter(({ ok }) => !ok)
  const advice = checks.filter(({ ok, fix }) => ok && fix !== undefined).length
  const passed = checks.length - failures.length
  const text =
    failures.length === 0
      ? `All ${checks.length} checks passed${advice > 0 ? `, ${advice} with advice` : ''}.`
      : `${failures.length} of ${checks.length} checks failed: ${failures.map(({ check }) => check).join(', ')}.`
  return { ok: failures.length === 0, passed, failed: failures.length, advice, text }
}

function line({ check, ok, why, fix }: Check): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${check}: ${why}${fix === undefined ? '' : `\n      ${fix.replaceAll('\n', '\n      ')}`}`
}

/**
 * The origin that a pasted address stands for; the MCP URL stands for its server. Throws Refusal.
 */
function originOf(text: string): string {
  const { protocol, origin, pathname } = URL.canParse(text)
    ? new URL(text)
    : { protocol: '', origin: '', pathname: '' }
  if (!/^https?:$/.test(protocol) || !['', ...mcpPaths].includes(pathname.replace(/\/$/, ''))) {
    throw new Refusal(
      `${shown(text)} is no address of a server. Give one like https://memory.example.org.`
    )
  }
  return origin
}

async function checkInstallation(key: string | undefined): Promise<Check[]> {
  let config: Config
  try {
    config = settings()
    requireServerSecret(config)
    if (config.WEB_TOOLS) parseHostLists(config)
  } catch (error) {
    return [
      failed(
        'settings',
        (error as Error).message,
        'Correct it in the environment or in .env; .env.example lists every setting.'
      )
    ]
  }
  const url = config.PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${config.PORT}`
  const database = await checkDatabase(config)
  const embeddings = database.every(({ ok }) => ok) ? await checkEmbeddings(config) : []
  return [
    passed('settings', 'The server can start with them.'),
    ...checkPublicUrl(config.PUBLIC_URL),
    ...checkEnvFile(),
    ...checkProxy(config),
    ...checkWeb(config),
    ...database,
    ...embeddings,
    ...(await checkServer(url, key))
  ]
}

/** Which clients an address keeps out; nothing for an address of this machine. */
function checkPublicUrl(publicUrl: string | undefined): Check[] {
  const note = publicUrl === undefined ? undefined : publicUrlNote(publicUrl)
  return note ? [noted('public address', note.why, note.fix)] : []
}

/**
 * Over https there is a proxy, and unless it is named everybody behind it counts as one address.
 */
function checkProxy(config: Config): Check[] {
  if (!config.PUBLIC_URL?.startsWith('https:')) return []
  return [
    trustedProxies(config) === false
      ? failed(
          'proxy',
          'PUBLIC_URL is https and TRUST_PROXY is not set: everybody behind the proxy counts as one address, ' +
            "so strangers can slow down everybody's sign-in.",
          'Set TRUST_PROXY to the address of the proxy, such as TRUST_PROXY=127.0.0.1 when it runs on this machine, and restart the server.'
        )
      : passed('proxy', 'X-Forwarded-For is believed from TRUST_PROXY.')
  ]
}

async function checkDatabase({
  DATABASE_URL: databaseUrl,
  DATA_DIR: directory
}: Config): Promise<Check[]> {
  const start = 'Start the server once: npm start.'
  if (!databaseUrl && isMissing(directory)) {
    return [failed('database', `There is none yet in ${resolve(directory)}.`, start)]
  }
  try {
    const { pending } = await onDatabase(async (_, opened) => opened.status)
    return [
      passed(
        'database',
        databaseUrl ? 'PostgreSQL answers.' : `The embedded one in ${resolve(directory)} answers.`
      ),
      pending.length === 0
        ? passed('migrations', 'All have run.')
        : failed(
            'migrations',
            `These have not run: ${pending.join(', ')}.`,
            'Restart the server, which runs them, or: npx kagura migrate.'
          )
    ]
  } catch (error) {
    return [
      failed(
        'database',
        (error as Error).message,
        databaseUrl
          ? 'See that PostgreSQL is running, and who it lets in.'
          : 'See who owns the directory, and who else has it open.'
      )
    ]
  }
}

/** Not where the path leads through a file: there the start would make no directory either. */
function isMissing(directory: string): boolean {
  try {
    accessSync(directory)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/**
 * From outside, as clients see it. Nothing more is asked of a server that does not answer at all.
 */
async function checkServer(url: string, key: string | undefined): Promise<Check[]> {
  const visit = new Visit(url)
  const health = await visit.get('/health')
  if (health.problem !== undefined) {
    const local = isLoopback(new URL(url).hostname)
    return [
      failed(
        'health',
        `${url} does not answer: ${health.problem}.`,
        local
          ? 'Start the server: npm start. If it listens elsewhere, set PORT or PUBLIC_URL, or name the address.'
          : 'Check the name, the certificate, the proxy, and that the server runs.'
      )
    ]
  }
  const ready = await visit.get('/ready')
  return [
    health.json?.['status'] === 'ok'
      ? passed('health', 'The process answers.')
      : failed(
          'health',
          `/health answers ${health.status} and not what this service would.`,
          'Another program has this address, or the proxy does not lead here.'
        ),
    ready.status === 200
      ? passed('ready', 'Its database answers.')
      : failed(
          'ready',
          `/ready answers ${ready.status}.`,
          'Look into the log of the server, and whether the database runs.'
        ),
    ...(await checkMetadata(visit)),
    ...(await checkMcp(visit, key))
  ]
}
