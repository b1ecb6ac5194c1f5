import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigSchema } from '../../plugins/config/schema.ts'
import { findEnvFile } from '../terminal.ts'
import { type Check, checkWithAdvice } from '../../plugins/doctor/visit.ts'

/**
 * Points out names in .env that are not settings. The server ignores them, because other programs
 * may use them; so a mistyped setting has no effect.
 */
export function checkEnvFile(): Check[] {
  const envFile = findEnvFile()
  if (!envFile) return []
  const unknownNames = Object.keys(parseEnv(readFileSync(envFile, 'utf8'))).filter(
    (name) => !Object.hasOwn(ConfigSchema.properties, name)
  )
  if (unknownNames.length === 0) return []
  return [
    checkWithAdvice(
      '.env',
      `This server has no setting named ${unknownNames.join(' or ')}.`,
      'If it is not for another program, correct it: .env.example lists every setting.'
    )
  ]
}
