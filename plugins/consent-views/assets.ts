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

/** The mark on paper, for a phone's home screen: 180 pixels, without transparency. */
export const touchIcon = readAsset('apple-touch-icon.png', 'image/png')

/** The same with 512 pixels. Its margin is wide enough for a round mask. */
export const largeIcon = readAsset('icon.png', 'image/png')

/** Lets a phone install the console like an app (W3C Web Application Manifest). */
export const manifest = makeAsset(
  'manifest.webmanifest',
  'application/manifest+json',
  Buffer.from(
    JSON.stringify({
      name: 'Kagura Memory',
      short_name: 'Kagura',
      start_url: '/',
      scope: '/',
      display: 'standalone',
      background_color: '#f5f0e7',
      theme_color: '#f5f0e7',
      icons: [
        { src: touchIcon.url, sizes: '180x180', type: 'image/png' },
        { src: largeIcon.url, sizes: '512x512', type: 'image/png', purpose: 'any' },
        { src: largeIcon.url, sizes: '512x512', type: 'image/png', purpose: 'maskable' }
      ]
    })
  )
)

function readAsset(name: string, type: string, libraryUrl?: URL): Asset {
  const content = Buffer.concat([
    ...(libraryUrl === undefined ? [] : [readFileSync(libraryUrl), Buffer.from('\n')]),
    readFileSync(new URL(`../../views/${name}`, import.meta.url))
  ])
  return makeAsset(name, type, content)
}

function makeAsset(name: string, type: string, content: Buffer): Asset {
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
