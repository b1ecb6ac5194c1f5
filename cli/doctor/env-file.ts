import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigSchema } from '../../plugins/config/schema.ts'
import { type Check, noted } from './visit.ts'

/**
 * Names in .env that no setting has: the server leaves them alone, for they may be another
 * program's, and so a mistyped one has no effect.
 */
export function checkEnvFile(): Check[] {
  if (!existsSync('.env')) return []
  const names = Object.keys(parseEnv(readFileSync('.env', 'utf8'))).filter(
    (name) => !Object.hasOwn(ConfigSchema.properties, name)
  )
  return names.length === 0
    ? []
    : [
        noted(
          '.env',
          `No setting of this server has the name ${names.join(' or ')}.`,
          'If it is not for another program, correct it: .env.example lists every setting.'
        )
      ]
}
