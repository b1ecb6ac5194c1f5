import { isLoopback } from '../../lib/mcp-resource.ts'
import { publicUrlNote } from '../../lib/public-url.ts'
import { type Config, trustedProxies } from '../config/index.ts'
import { checkMcp } from './mcp.ts'
import { checkMetadata } from './metadata.ts'
import { type Check, checkWithAdvice, failedCheck, passedCheck, ServerVisit } from './visit.ts'
import { startCommand } from '../../lib/command-name.ts'

/** Says which clients cannot use an address; nothing for an address of this machine. */
export function checkPublicUrl(publicUrl: string | undefined): Check[] {
  const urlNote = publicUrl === undefined ? undefined : publicUrlNote(publicUrl)
  return urlNote ? [checkWithAdvice('public address', urlNote.why, urlNote.fix)] : []
}

/**
 * With https there is a proxy. Without TRUST_PROXY all clients behind it share one address, and
 * with it their rate limits.
 */
export function checkProxy(config: Config): Check[] {
  if (!config.PUBLIC_URL?.startsWith('https:')) return []
  return [
    trustedProxies(config) === false
      ? failedCheck(
          'proxy',
          'PUBLIC_URL is https and TRUST_PROXY is not set. So all clients behind the proxy count ' +
            'as one address, and a stranger can slow down sign-in for all users.',
          'Set TRUST_PROXY to the address of the proxy, for example TRUST_PROXY=127.0.0.1 if it ' +
            'runs on this machine. Then restart the server.'
        )
      : passedCheck('proxy', 'The server trusts X-Forwarded-For from TRUST_PROXY.')
  ]
}

/** Checks a server from outside, as clients see it. It stops if the server does not answer. */
export async function checkServer(
  url: string,
  key: string | undefined,
  agents?: readonly string[]
): Promise<Check[]> {
  const visit = new ServerVisit(url)
  const healthAnswer = await visit.get('/health')
  if (healthAnswer.problem !== undefined) {
    return [
      failedCheck(
        'health',
        `${url} does not answer: ${healthAnswer.problem}.`,
        isLoopback(new URL(url).hostname)
          ? `Start the server: ${startCommand}. If it uses another port or address, set PORT or ` +
              'PUBLIC_URL, or give the address to this command.'
          : 'Check the host name, the certificate, the proxy, and that the server runs.'
      )
    ]
  }
  const readyAnswer = await visit.get('/ready')
  return [
    healthAnswer.json?.['status'] === 'ok'
      ? passedCheck('health', 'The server answers.')
      : failedCheck(
          'health',
          `/health answers ${healthAnswer.status}, but not as this service would.`,
          'Another program uses this address, or the proxy does not lead here.'
        ),
    readyAnswer.status === 200
      ? passedCheck('ready', 'Its database answers.')
      : failedCheck(
          'ready',
          `/ready answers ${readyAnswer.status}.`,
          'Read the log of the server, and check that the database runs.'
        ),
    ...(await checkMetadata(visit)),
    ...(await checkMcp(visit, key, agents))
  ]
}
