import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { asList, asObject, plainText, presentFields } from '../plain.ts'
import { findOrFetchRecent } from '../recent.ts'

const KEPT_SECONDS = 3600
const MAX_BYTES = 8 * 1024 * 1024
const YOUTUBE_HOSTS = [
  'youtube.com',
  'www.youtube.com',
  'm.youtube.com',
  'music.youtube.com',
  'youtube-nocookie.com',
  'www.youtube-nocookie.com'
]

/** The details of a video from its page. */
export interface VideoDetails {
  url: string
  title: string
  channel?: string
  duration_seconds?: number
  view_count?: number
  upload_date?: string
  description?: string
  tags?: string[]
  /** Paths of the captions; `generated`: by speech recognition. */
  captions: Array<{ path: string; language: string; generated: boolean }>
}

/** The video id from any form of its address, or from the id alone. Throws ToolError. */
export function parseVideoId(text: string): string {
  const parsedUrl = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  const idText =
    parsedUrl === undefined
      ? text.trim()
      : parsedUrl.hostname === 'youtu.be'
        ? parsedUrl.pathname.split('/')[1]
        : YOUTUBE_HOSTS.includes(parsedUrl.hostname)
          ? (parsedUrl.searchParams.get('v') ??
            /^\/(?:shorts|embed|live|v)\/([^/]+)/.exec(parsedUrl.pathname)?.[1])
          : undefined
  if (idText === undefined || !/^[\w-]{11}$/.test(idText)) {
    throw new ToolError(
      `"${text.slice(0, 200)}" is not the address of a YouTube video. Give one such as ` +
        'https://www.youtube.com/watch?v=dQw4w9WgXcQ.'
    )
  }
  return idText
}

/** The address of a moment of the video. */
export function momentUrl(url: string, seconds: number): string {
  return `${url}&t=${Math.floor(seconds)}s`
}

/** Seconds as 1:02:03 or 2:03. */
export function clockTime(seconds: number): string {
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds) % 60
  ]
  const twoDigits = (count: number) => String(count).padStart(2, '0')
  const minuteText = hours > 0 ? `${hours}:${twoDigits(minutes)}` : String(minutes)
  return `${minuteText}:${twoDigits(rest)}`
}

/**
 * The details of a video from its page. If the page has none, title and channel from the oEmbed
 * endpoint. Throws ToolError.
 */
export async function findVideo(
  context: CallContext,
  videoUrl: string
): Promise<{ video: VideoDetails; at: string }> {
  const videoId = parseVideoId(videoUrl)
  const { answer, at } = await findOrFetchRecent(
    context,
    ['youtube', 'video', videoId],
    KEPT_SECONDS,
    async () => (await readVideoPage(context, videoId)) ?? (await readEmbedData(context, videoId))
  )
  return { video: answer, at }
}

async function readVideoPage(context: CallContext, id: string): Promise<VideoDetails | undefined> {
  const { status, body } = await context.web.ask(
    context.principal.user_id,
    'youtube',
    `/watch?v=${id}&hl=en`,
    { types: ['text/html'], maxBytes: MAX_BYTES, signal: context.signal }
  )
  if (status === 429) {
    throw new ToolError(
      'YouTube received too many requests from this server. Try again in an hour.'
    )
  }
  const playerData = status === 200 ? parsePlayerResponse(body.toString('utf8')) : undefined
  const videoDetails = asObject(playerData?.['videoDetails'])
  const videoTitle = plainText(videoDetails['title'], 300)
  if (videoDetails['videoId'] !== id || videoTitle === undefined) return undefined
  const pageFormat = asObject(asObject(playerData?.['microformat'])['playerMicroformatRenderer'])
  const captionTracks = asList(
    asObject(asObject(playerData?.['captions'])['playerCaptionsTracklistRenderer'])['captionTracks']
  ).map(asObject)
  return {
    url: videoAddress(id),
    title: videoTitle,
    ...presentFields({
      channel: plainText(videoDetails['author'], 200),
      duration_seconds: wholeNumber(videoDetails['lengthSeconds']),
      view_count: wholeNumber(videoDetails['viewCount']),
      upload_date: plainText(pageFormat['publishDate'] ?? pageFormat['uploadDate'], 40),
      description:
        typeof videoDetails['shortDescription'] === 'string'
          ? videoDetails['shortDescription'].slice(0, 5000)
          : undefined
    }),
    tags: asList(videoDetails['keywords'])
      .map((tag) => plainText(tag, 60))
      .filter((tag) => tag !== undefined)
      .slice(0, 10),
    captions: captionTracks
      .flatMap(({ baseUrl, languageCode, kind }) => {
        const trackPath = captionsPath(baseUrl)
        return trackPath !== undefined && typeof languageCode === 'string'
          ? [{ path: trackPath, language: languageCode.slice(0, 20), generated: kind === 'asr' }]
          : []
      })
      .slice(0, 200)
  }
}

/** Accepts only YouTube's own caption addresses, whatever the page contains. */
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

async function readEmbedData(context: CallContext, id: string): Promise<VideoDetails> {
  const embedQuery = new URLSearchParams({ url: videoAddress(id), format: 'json' })
  const { status, body } = await context.web
    .ask(context.principal.user_id, 'youtube', `/oembed?${embedQuery}`, {
      types: ['application/json'],
      maxBytes: 100_000,
      signal: context.signal
    })
    .catch(() => ({ status: 0, body: undefined }))
  const embedData = status === 200 ? parseJsonObject(body!.toString('utf8')) : undefined
  const videoTitle = plainText(embedData?.['title'], 300)
  if (videoTitle === undefined) {
    throw new ToolError('The video does not exist or is private. Check the address.')
  }
  return {
    url: videoAddress(id),
    title: videoTitle,
    ...presentFields({ channel: plainText(embedData?.['author_name'], 200) }),
    captions: []
  }
}

function videoAddress(id: string): string {
  return `https://www.youtube.com/watch?v=${id}`
}

function wholeNumber(value: unknown): number | undefined {
  return /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined
}

/** The object that the page passes to its player. */
function parsePlayerResponse(html: string): Record<string, unknown> | undefined {
  const assignment = /ytInitialPlayerResponse\s*=\s*(?=\{)/.exec(html)
  if (!assignment) return undefined
  const objectStart = assignment.index + assignment[0].length
  let braceDepth = 0
  let inString = false
  for (let i = objectStart; i < html.length; i++) {
    const currentCharacter = html[i]
    if (inString) {
      if (currentCharacter === '\\') i++
      else if (currentCharacter === '"') inString = false
    } else if (currentCharacter === '"') inString = true
    else if (currentCharacter === '{') braceDepth++
    else if (currentCharacter === '}' && --braceDepth === 0) {
      return parseJsonObject(html.slice(objectStart, i + 1))
    }
  }
  return undefined
}

/** Parses JSON; undefined if it is not valid, an empty object if it is not an object. */
export function parseJsonObject(json: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(json))
  } catch {
    return undefined
  }
}
