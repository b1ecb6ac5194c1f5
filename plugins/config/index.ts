import proxyAddresses from '@fastify/proxy-addr'
import fp from 'fastify-plugin'
import type { Static } from 'typebox'
import Value from 'typebox/value'
import { ConfigSchema } from './schema.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

export type Config = Static<typeof ConfigSchema>

/** A setting is wrong. The message is one line that names the setting. */
export class WrongSettingError extends Error {
  override name = 'WrongSettingError'
}

/** Tells people who share one host name among services why PUBLIC_URL has no path. */
const noPathReason =
  'Clients look for the sign-in addresses at the root of the host (RFC 8414), so this service ' +
  'needs a separate host name. Give it one, such as https://kagura.example.org.'

/** What the schema says of one setting. */
interface SettingRule {
  description: string
  anyOf?: Array<{ const: string }>
  expects?: string
  type?: string
  minimum?: number
  maximum?: number
  minLength?: number
}

/**
 * Reads the settings from environment variables. An empty variable counts as not set. Throws
 * WrongSettingError.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const setVariables: Record<string, string | undefined> = Object.fromEntries(
    Object.keys(ConfigSchema.properties)
      .filter((name) => env[name])
      .map((name) => [name, env[name]])
  )
  const config = checkedConfig(setVariables)
  if (setVariables['REFRESH_RETRY_SECONDS'] === undefined) {
    config.REFRESH_RETRY_SECONDS = Math.min(
      config.REFRESH_RETRY_SECONDS,
      Math.floor(config.ACCESS_TOKEN_SECONDS / 2)
    )
  }
  requireConsistent(config)
  return config
}

/** The variables with their types, and the defaults. Throws WrongSettingError. */
function checkedConfig(setVariables: Record<string, string | undefined>): Config {
  const rules = ConfigSchema.properties as unknown as Record<string, SettingRule>
  const typedValues = Object.fromEntries(
    Object.entries(setVariables).map(([name, text]) => [name, typedValue(rules[name]!, text!)])
  )
  const config = Value.Default(ConfigSchema, typedValues)
  const [fault] = Value.Errors(ConfigSchema, config)
  if (!fault) return config as Config
  const settingName = fault.instancePath.slice(1)
  const settingRule = rules[settingName]!
  const isPathFault = settingName === 'PUBLIC_URL' && hasPath(setVariables[settingName])
  throw new WrongSettingError(
    `Wrong setting ${settingName}: it must be ${describeRule(settingRule)}. ` +
      (isPathFault ? noPathReason : settingRule.description)
  )
}

/** The value that the text of a variable stands for; the text itself where it stands for none. */
function typedValue({ type }: SettingRule, text: string): unknown {
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  if (type !== 'integer' && type !== 'number') return text
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

/** Checks the rules that concern several settings. Throws WrongSettingError. */
function requireConsistent(config: Config): void {
  if ((config.ADMIN_EMAIL === undefined) !== (config.ADMIN_PASSWORD === undefined)) {
    throw new WrongSettingError(
      'Wrong setting ADMIN_EMAIL: ADMIN_EMAIL and ADMIN_PASSWORD go together; set both or neither.'
    )
  }
  if (config.DYNAMIC_REGISTRATION === 'token' && config.REGISTRATION_TOKEN === undefined) {
    throw new WrongSettingError(
      'Wrong setting REGISTRATION_TOKEN: DYNAMIC_REGISTRATION=token needs it.'
    )
  }
  requireConsistentProvider(config)
  trustedProxies(config)
  if (config.REFRESH_RETRY_SECONDS > config.ACCESS_TOKEN_SECONDS / 2) {
    throw new WrongSettingError(
      'Wrong setting REFRESH_RETRY_SECONDS: it must be at most half of ACCESS_TOKEN_SECONDS.'
    )
  }
}

/** Checks the settings of the OpenID Connect provider. Throws WrongSettingError. */
function requireConsistentProvider(config: Config): void {
  if ((config.OIDC_ISSUER === undefined) !== (config.OIDC_CLIENT_ID === undefined)) {
    throw new WrongSettingError(
      'Wrong setting OIDC_ISSUER: OIDC_ISSUER and OIDC_CLIENT_ID go together; set both or neither.'
    )
  }
  const hasAllowList = (config.OIDC_ALLOWED_EMAILS ?? config.OIDC_ALLOWED_DOMAINS) !== undefined
  if (config.OIDC_SIGN_UP && !hasAllowList) {
    throw new WrongSettingError(
      'Wrong setting OIDC_SIGN_UP: say who may sign up, by OIDC_ALLOWED_EMAILS or ' +
        'OIDC_ALLOWED_DOMAINS; OIDC_ALLOWED_DOMAINS=* means everybody at the provider.'
    )
  }
}

function hasPath(url = ''): boolean {
  return URL.canParse(url) && new URL(url).pathname !== '/'
}

/** What a setting must be, in the words of an operator. */
function describeRule({ anyOf, expects, type, minimum, maximum, minLength }: SettingRule): string {
  if (anyOf) return `one of ${anyOf.map((choice) => choice.const).join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`
  return expects ?? `at least ${minLength} characters long`
}

/** The items of a comma-separated setting, without empty ones. */
export function settingItems(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** Whether the settings choose the embedded database. It has no autovacuum and one session. */
export function usesEmbeddedDatabase({ DATABASE_URL: url }: Pick<Config, 'DATABASE_URL'>): boolean {
  return !url
}

/**
 * Whose X-Forwarded-For the service believes: true for every sender, false for none, or a list of
 * addresses and networks. Throws WrongSettingError.
 */
export function trustedProxies({
  TRUST_PROXY: setting
}: Pick<Config, 'TRUST_PROXY'>): boolean | string[] {
  const proxyList = settingItems(setting)
  if (proxyList.length === 0 || setting === 'false') return false
  if (setting === 'true') return true
  for (const proxyAddress of proxyList) {
    try {
      proxyAddresses.compile(proxyAddress)
    } catch {
      throw new WrongSettingError(
        `Wrong setting TRUST_PROXY: ${proxyAddress} is neither an address nor a network, ` +
          'like 10.0.0.1 or 10.0.0.0/8. Set true to trust all.'
      )
    }
  }
  return proxyList
}

/** app.config: the settings, checked by readConfig. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('config', config)
  },
  { name: 'config' }
)
