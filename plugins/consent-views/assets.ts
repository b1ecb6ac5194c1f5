import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A static file of the pages. Its URL changes with its content, so that browsers may cache it. */
export interface Asset {
  content: Buffer
  type: string
  hash: string
  url: string
}

/** The stylesheet of all pages. */
export const stylesheet = readAsset('style.css', 'text/css; charset=utf-8')

/** The script of the console. Sign-in, consent, device and error pages have none. */
export const consoleScript = readAsset('console.js', 'text/javascript; charset=utf-8')

/** The script that uses passkeys, behind the library's bundle for browsers. */
export const passkeyScript = readAsset(
  'passkeys.js',
  'text/javascript; charset=utf-8',
  new URL('../dist/bundle/index.umd.min.js', import.meta.resolve('@simplewebauthn/browser'))
)

function readAsset(name: string, type: string, libraryUrl?: URL): Asset {
  const content = Buffer.concat([
    ...(libraryUrl === undefined ? [] : [readFileSync(libraryUrl), Buffer.from('\n')]),
    readFileSync(new URL(`../../views/${name}`, import.meta.url))
  ])
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 16)
  return { content, type, hash, url: `/${name}?v=${hash}` }
}

/**
 * Answers with a static file. Browsers keep it for a year under its hash (`?v=`), and ask again
 * under any other URL.
 */
export function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  { content, type, hash }: Asset
): FastifyReply {
  const version = (request.query as { v?: unknown }).v
  const etag = `"${hash}"`
  reply.headers({
    'content-type': type,
    'cache-control': version === hash ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    'x-content-type-options': 'nosniff'
  })
  const isUnchanged = request.headers['if-none-match']
    ?.split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag)
  return isUnchanged ? reply.code(304).send() : reply.send(content)
}
