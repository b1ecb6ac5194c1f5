import type { FastifyRequest } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import { credentialOf } from '../../../../plugins/auth/bearer.ts'
import { BearerError, OAuthError } from '../../../../lib/errors.ts'
import { basicCredentials } from '../../../../plugins/oauth-server/client/credentials.ts'
import { holds } from './holds.ts'

const text = (least: number) =>
  fc
    .string({ unit: 'grapheme', minLength: least, maxLength: 40 })
    .filter((value) => !/[\0\ufffd]/.test(value))
const id = text(1).filter((value) => !/[:%+]/.test(value))
const encoded = (value: string) => new URLSearchParams({ x: value }).toString().slice(2)
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

t.test('Basic credentials are found whether they were form-encoded or not', async (t) => {
  holds(
    t,
    fc.property(id, text(1), (clientId, secret) => {
      const raw = basicCredentials(basic(clientId, secret))
      const spelled = basicCredentials(basic(encoded(clientId), encoded(secret)))
      return (
        raw.clientId === clientId &&
        raw.secrets.includes(secret) &&
        spelled.clientId === clientId &&
        spelled.secrets.includes(secret)
      )
    })
  )
})

t.test(
  'at most two readings of Basic credentials are tried, and never an empty secret',
  async (t) => {
    holds(
      t,
      fc.property(id, text(0), (clientId, secret) => {
        const { secrets } = basicCredentials(basic(clientId, secret))
        return (
          secrets.length <= 2 &&
          !secrets.includes('') &&
          (secret === '' || secrets.includes(secret))
        )
      })
    )
  }
)

t.test('any other Basic header gets invalid_client and never a crash', async (t) => {
  holds(
    t,
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))
      ),
      (rest) => {
        try {
          return basicCredentials(`Basic ${rest}`).clientId !== ''
        } catch (error) {
          return (
            error instanceof OAuthError &&
            error.error === 'invalid_client' &&
            error.statusCode === 401 &&
            error.headers['www-authenticate'] !== undefined
          )
        }
      }
    ),
    2000
  )
})

const request = (...rawHeaders: string[]) => ({ raw: { rawHeaders } }) as FastifyRequest
const token = fc.stringMatching(/^[\w.~+/=-]{1,60}$/)
const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      [...word]
        .map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase()))
        .join('')
    )

t.test(
  'a credential is read in any case of scheme and header and with any number of spaces',
  async (t) => {
    holds(
      t,
      fc.property(
        token,
        fc.oneof(anyCase('bearer'), anyCase('dpop')),
        anyCase('authorization'),
        fc.nat(3),
        fc.nat(3),
        (secret, scheme, header, before, after) => {
          const sent = credentialOf(
            request(header, `${scheme} ${' '.repeat(before)}${secret}${' '.repeat(after)}`)
          )
          return sent?.secret === secret && sent.dpop === (scheme.length === 4)
        }
      )
    )
  }
)

t.test('any Authorization header gives one token or a BearerError with 400 or 401', async (t) => {
  const pieces = fc
    .array(
      fc.oneof(
        fc.constantFrom('Bearer', 'bearer', 'DPoP', 'Basic', ' ', ',', '\t', '=', 'x'),
        token,
        fc.string({ maxLength: 5 })
      ),
      { maxLength: 6 }
    )
    .map((parts) => parts.join(''))
  holds(
    t,
    fc.property(pieces, (header) => {
      try {
        const credential = credentialOf(request('authorization', header))
        return credential === undefined
          ? header.trim() === ''
          : header.trimEnd().endsWith(credential.secret) && /^[\w.~+/=-]+$/.test(credential.secret)
      } catch (error) {
        return (
          error instanceof BearerError &&
          (error.statusCode === 401 || (error.statusCode === 400 && header.includes(',')))
        )
      }
    }),
    3000
  )
})

t.test('two different credentials are refused, whichever headers carry them', async (t) => {
  holds(
    t,
    fc.property(
      token,
      token,
      fc.constantFrom('x-api-key', 'authorization'),
      (first, second, secondHeader) => {
        const headers = [
          'Authorization',
          `Bearer ${first}`,
          secondHeader,
          secondHeader === 'x-api-key' ? second : `Bearer ${second}`
        ]
        if (secondHeader === 'x-api-key' && first === second) {
          return credentialOf(request(...headers))?.secret === first
        }
        try {
          credentialOf(request(...headers))
          return false
        } catch (error) {
          return error instanceof BearerError && error.statusCode === 400
        }
      }
    )
  )
})
