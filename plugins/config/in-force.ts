import type { Config } from './index.ts'
import { ConfigSchema } from './schema.ts'

/** A setting as an administrator may see it. */
interface VisibleSetting {
  name: string
  /** undefined if it is not set and has no default. */
  value: string | undefined
  isSecret: boolean
  description: string
}

const secretName = /(SECRET|PASSWORD|_KEY|_TOKEN)$/

/** Every setting with its value. Of a secret it only says that it is set; URLs lose credentials. */
export function settingsInForce(config: Config): VisibleSetting[] {
  return Object.entries(ConfigSchema.properties).map(([name, schema]) => {
    const value = config[name as keyof Config]
    const isSecret = secretName.test(name)
    return {
      name,
      value: value === undefined || value === '' ? undefined : visibleText(String(value), isSecret),
      isSecret,
      description: (schema as { description?: string }).description ?? ''
    }
  })
}

function visibleText(value: string, isSecret: boolean): string {
  if (isSecret) return '•••'
  if (!/^[a-z]+:\/\//i.test(value)) return value
  // Credentials can stand in the authority and in the query.
  return URL.canParse(value) ? withoutCredentials(new URL(value)) : '•••'
}

function withoutCredentials(url: URL): string {
  if (url.password !== '') url.password = '***'
  for (const name of url.searchParams.keys()) {
    if (/key|secret|password|token/i.test(name)) url.searchParams.set(name, '***')
  }
  return url.href
}
