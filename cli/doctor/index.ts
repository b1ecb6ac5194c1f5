import type { Command } from 'commander'
import { mcpPaths } from '../../lib/mcp-resource.ts'
import { checkCallFlow } from '../../plugins/doctor/call-flow.ts'
import { checkPublicUrl, checkServer } from '../../plugins/doctor/server.ts'
import { checkSignInFlow } from '../../plugins/doctor/sign-in-flow.ts'
import { type Check, ServerVisit, summarizeChecks } from '../../plugins/doctor/visit.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { addSubcommand, printResult, type WithJson } from '../subcommand.ts'
import { terminal } from '../terminal.ts'
import { checkInstallation } from './installation.ts'
import { explainRequest } from './request.ts'

export function addDoctorCommand(program: Command): void {
  addSubcommand(
    program,
    'doctor',
    'Check this installation, check another server as clients see it, or explain one refused ' +
      'request.',
    'kagura doctor https://memory.example.org'
  )
    .argument(
      '[url]',
      'the address of a server; without it the settings, the database and their server are checked'
    )
    .option('--key <key>', 'also check the tools, with this API key')
    .option('--request <id>', 'explain the request with this id, from an error page or answer')
    .action(runDoctor)
}

interface DoctorOptions extends WithJson {
  key?: string
  request?: string
}

async function runDoctor(
  url: string | undefined,
  { key, request, ...options }: DoctorOptions,
  command: Command
): Promise<void> {
  if (request !== undefined) {
    if (url !== undefined || key !== undefined) {
      command.error('error: use --request alone, without an address or --key')
    }
    return explainRequest(request, options)
  }
  const checks =
    url === undefined ? await checkInstallation(key) : await checkAddress(parseOrigin(url), key)
  const summary = summarizeChecks(checks)
  printResult(options, { checks, summary }, () =>
    [...checks.map(formatCheck), '', summary.text].join('\n')
  )
  if (checks.some(({ ok }) => !ok)) terminal().exitCode = 1
}

async function checkAddress(origin: string, key: string | undefined): Promise<Check[]> {
  const checks = [...checkPublicUrl(origin), ...(await checkServer(origin, key))]
  if (checks.some(({ check, ok }) => check === 'health' && !ok)) return checks
  const visit = new ServerVisit(origin)
  return [
    ...checks,
    ...(await checkSignInFlow(visit)),
    ...(key === undefined ? [] : await checkCallFlow(visit, key))
  ]
}

function formatCheck({ check, ok, why, fix }: Check): string {
  const fixLines = fix === undefined ? '' : `\n${fix}`.replaceAll('\n', '\n      ')
  return `${ok ? 'ok  ' : 'FAIL'}  ${check}: ${why}${fixLines}`
}

/** The origin of a server's address or of its MCP URL. Throws CommandRefusedError. */
function parseOrigin(text: string): string {
  const { protocol, origin, pathname } = URL.canParse(text)
    ? new URL(text)
    : { protocol: '', origin: '', pathname: '' }
  if (!/^https?:$/.test(protocol) || !['', ...mcpPaths].includes(pathname.replace(/\/$/, ''))) {
    throw new CommandRefusedError(
      `${quoteText(text)} is not an address of a server. Give one like https://memory.example.org.`
    )
  }
  return origin
}
