import proxyAddresses from '@fastify/proxy-addr'
import { Ajv } from 'ajv'
import fp from 'fastify-plugin'
import type { Static } from 'typebox'
import { ConfigSchema } from './schema.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    /**
     * The issuer and the base of every absolute URL, without a trailing slash; known once the
     * server listens.
     */
    publicUrl: string
    /** The MCP endpoint: the one protected resource (RFC 8707). */
    mcpUrl: string
  }
}

/** Why PUBLIC_URL has no path, for people who share one host name among services. */
const noPath =
  'Clients look for the sign-in addresses at the root of the host (RFC 8414), so this service ' +
  'needs a host name of its own: give it one, such as https://kagura.example.org.'

export type Config = Static<typeof ConfigSchema>

/** A setting is wrong; the message is one line that names it. */
export class WrongSetting extends Error {}

/**
 * Reads the settings from environment variables; an empty one counts as not set. Throws
 * WrongSetting.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given: Record<string, string | undefined> = Object.fromEntries(
    Object.keys(ConfigSchema.properties)
      .filter((name) => env[name])
      .map((name) => [name, env[name]])
  )
  const config: Record<string, unknown> = { ...given }
  const check = new Ajv({
    coerceTypes: true,
    useDefaults: true,
    strict: false,
    formats: { url: (text: string) => URL.canParse(text) }
  }).compile(ConfigSchema)
  if (!check(config)) {
    const name = check.errors![0]!.instancePath.slice(1)
    const rule = (ConfigSchema.properties as Record<string, unknown>)[name] as Rule
    const reason = name === 'PUBLIC_URL' && hasPath(given[name]) ? noPath : rule.description
    throw new WrongSetting(`Wrong setting ${name}: it must be ${wanted(rule)}. ${reason}`)
  }
  const checked = config as unknown as Config
  if (given['REFRESH_RETRY_SECONDS'] === undefined) {
    checked.REFRESH_RETRY_SECONDS = Math.min(
      checked.REFRESH_RETRY_SECONDS,
      Math.floor(checked.ACCESS_TOKEN_SECONDS / 2)
    )
  }
  if ((checked.ADMIN_EMAIL === undefined) !== (checked.ADMIN_PASSWORD === undefined)) {
    throw new WrongSetting(
      'Wrong setting ADMIN_EMAIL: ADMIN_EMAIL and ADMIN_PASSWORD go together; set both or neither.'
    )
  }
  if (checked.DYNAMIC_REGISTRATION === 'token' && checked.REGISTRATION_TOKEN === undefined) {
    throw new WrongSetting('Wrong setting REGISTRATION_TOKEN: DYNAMIC_REGISTRATION=token needs it.')
  }
  trustedProxies(checked)
  if (checked.REFRESH_RETRY_SECONDS > checked.ACCESS_TOKEN_SECONDS / 2) {
    throw new WrongSetting(
      'Wrong setting REFRESH_RETRY_SECONDS: it must be at most half of ACCESS_TOKEN_SECONDS.'
    )
  }
  return checked
}

interface Rule {
  description: string
  anyOf?: Array<{ const: string }>
  expects?: string
  type?: string
  minimum?: number
  maximum?: number
  minLength?: number
}

function hasPath(url = ''): boolean {
  return URL.canParse(url) && new URL(url).pathname !== '/'
}

/** What a setting must be, in the words of an operator. */
function wanted({ anyOf, expects, type, minimum, maximum, minLength }: Rule): string {
  if (anyOf) return `one of ${anyOf.map((choice) => choice.const).join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`
  return expects ?? `at least ${minLength} characters long`
}

/** The items of a setting that is a list, separated by commas. */
export function listOf(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/**
 * Whose X-Forwarded-For is believed: everybody's, nobody's, or that of these addresses and
 * networks. Throws WrongSetting.
 */
export function trustedProxies({
  TRUST_PROXY: setting
}: Pick<Config, 'TRUST_PROXY'>): boolean | string[] {
  const addresses = listOf(setting)
  if (addresses.length === 0 || setting === 'false') return false
  if (setting === 'true') return true
  for (const address of addresses) {
    try {
      proxyAddresses.compile(address)
    } catch {
      throw new WrongSetting(
        `Wrong setting TRUST_PROXY: ${address} is neither an address nor a network, like 10.0.0.1 or 10.0.0.0/8; true alone trusts all.`
      )
    }
  }
  return addresses
}

/** app.config, app.publicUrl, app.mcpUrl. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('config', config)
    app.decorate('publicUrl', {
      getter: () => config.PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${listeningPort()}`
    })
    app.decorate('mcpUrl', { getter: () => `${app.publicUrl}/api/v1/mcp/sse` })

    let port: number | undefined
    function listeningPort(): number {
      const address = port === undefined ? app.server.address() : null
      if (typeof address === 'object' && address) port = address.port
      return port ?? config.PORT
    }
  },
  { name: 'config' }
)
