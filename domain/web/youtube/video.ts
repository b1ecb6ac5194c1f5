import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { list, object, plain, present } from '../plain.ts'
import { recent } from '../recent.ts'

const KEPT_SECONDS = 3600
const MAX_BYTES = 8 * 1024 * 1024
const HOSTS = [
  'youtube.com',
  'www.youtube.com',
  'm.youtube.com',
  'music.youtube.com',
  'youtube-nocookie.com',
  'www.youtube-nocookie.com'
]

/** What the page of a video says of it. */
export interface Video {
  url: string
  title: string
  channel?: string
  duration_seconds?: number
  view_count?: number
  upload_date?: string
  description?: string
  tags?: string[]
  /** Where captions are to be had; `generated`: by a machine that listened. */
  captions: Array<{ path: string; language: string; generated: boolean }>
}

/** The id in any of the addresses that a video has, or the id alone. Throws ToolError. */
export function videoId(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  const id =
    url === undefined
      ? text.trim()
      : url.hostname === 'youtu.be'
        ? url.pathname.split('/')[1]
        : HOSTS.includes(url.hostname)
          ? (url.searchParams.get('v') ??
            /^\/(?:shorts|embed|live|v)\/([^/]+)/.exec(url.pathname)?.[1])
          : undefined
  if (id === undefined || !/^[\w-]{11}$/.test(id)) {
    throw new ToolError(
      `"${text.slice(0, 200)}" is no address of a video on YouTube. Give one such as https://www.youtube.com/watch?v=dQw4w9WgXcQ.`
    )
  }
  return id
}

/** A moment of a video. */
export function moment(url: string, seconds: number): string {
  return `${url}&t=${Math.floor(seconds)}s`
}

/** 1:02:03, or 2:03. */
export function clock(seconds: number): string {
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds) % 60
  ]
  return `${hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : minutes}:${String(rest).padStart(2, '0')}`
}

/**
 * What is known of the video; where its page does not say, what YouTube tells those who embed it:
 * title and channel. Throws ToolError.
 */
export async function findVideo(
  context: CallContext,
  videoUrl: string
): Promise<{ video: Video; at: string }> {
  const id = videoId(videoUrl)
  const { found, at } = await recent(
    context,
    ['youtube', 'video', id],
    KEPT_SECONDS,
    async () => (await onPage(context, id)) ?? (await embedded(context, id))
  )
  return { video: found, at }
}

async function onPage(context: CallContext, id: string): Promise<Video | undefined> {
  const { status, body } = await context.web.ask(
    context.principal.user_id,
    'youtube',
    `/watch?v=${id}&hl=en`,
    { types: ['text/html'], maxBytes: MAX_BYTES, signal: context.signal }
  )
  if (status === 429) {
    throw new ToolError('YouTube has had too many requests from this server. Try again in an hour.')
  }
  const answer = status === 200 ? playerResponse(body.toString('utf8')) : undefined
  const details = object(answer?.['videoDetails'])
  const title = plain(details['title'], 300)
  if (details['videoId'] !== id || title === undefined) return undefined
  const format = object(object(answer?.['microformat'])['playerMicroformatRenderer'])
  const tracks = list(
    object(object(answer?.['captions'])['playerCaptionsTracklistRenderer'])['captionTracks']
  ).map(object)
  return {
    url: addressOf(id),
    title,
    ...present({
      channel: plain(details['author'], 200),
      duration_seconds: number(details['lengthSeconds']),
      view_count: number(details['viewCount']),
      upload_date: plain(format['publishDate'] ?? format['uploadDate'], 40),
      description:
        typeof details['shortDescription'] === 'string'
          ? details['shortDescription'].slice(0, 5000)
          : undefined
    }),
    tags: list(details['keywords'])
      .map((tag) => plain(tag, 60))
      .filter((tag) => tag !== undefined)
      .slice(0, 10),
    captions: tracks
      .flatMap(({ baseUrl, languageCode, kind }) => {
        const path = captionsPath(baseUrl)
        return path !== undefined && typeof languageCode === 'string'
          ? [{ path, language: languageCode.slice(0, 20), generated: kind === 'asr' }]
          : []
      })
      .slice(0, 200)
  }
}

/** Only YouTube's own captions are fetched, wherever the page may point. */
function captionsPath(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address, 'https://www.youtube.com')) {
    return undefined
  }
  const { origin, pathname, searchParams } = new URL(address, 'https://www.youtube.com')
  searchParams.set('fmt', 'json3')
  return origin === 'https://www.youtube.com' && pathname === '/api/timedtext'
    ? `${pathname}?${searchParams}`
    : undefined
}

async function embedded(context: CallContext, id: string): Promise<Video> {
  const query = new URLSearchParams({ url: addressOf(id), format: 'json' })
  const { status, body } = await context.web
    .ask(context.principal.user_id, 'youtube', `/oembed?${query}`, {
      types: ['application/json'],
      maxBytes: 100_000,
      signal: context.signal
    })
    .catch(() => ({ status: 0, body: undefined }))
  const answer = status === 200 ? parsed(body!.toString('utf8')) : undefined
  const title = plain(answer?.['title'], 300)
  if (title === undefined) {
    throw new ToolError('YouTube has no such video, or keeps it private. Check the address.')
  }
  return {
    url: addressOf(id),
    title,
    ...present({ channel: plain(answer?.['author_name'], 200) }),
    captions: []
  }
}

function addressOf(id: string): string {
  return `https://www.youtube.com/watch?v=${id}`
}

function number(value: unknown): number | undefined {
  return /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined
}

/** The object that the page hands to its player. */
function playerResponse(html: string): Record<string, unknown> | undefined {
  const start = /ytInitialPlayerResponse\s*=\s*(?=\{)/.exec(html)
  if (!start) return undefined
  const from = start.index + start[0].length
  let depth = 0
  let quoted = false
  for (let i = from; i < html.length; i++) {
    const character = html[i]
    if (quoted) {
      if (character === '\\') i++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return parsed(html.slice(from, i + 1))
  }
  return undefined
}

export function parsed(json: string): Record<string, unknown> | undefined {
  try {
    return object(JSON.parse(json))
  } catch {
    return undefined
  }
}
