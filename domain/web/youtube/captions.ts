import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { list, object, plain } from '../plain.ts'
import { recent } from '../recent.ts'
import { clock, parsed, type Video } from './video.ts'

const KEPT_SECONDS = 24 * 3600
const MAX_BYTES = 8 * 1024 * 1024
const TYPES = ['application/json', 'text/html', 'text/plain', 'text/xml', 'application/xml']
/** A line of the transcript is about this long. */
const LINE_LENGTH = 300

export interface Line {
  seconds: number
  text: string
}
export interface Transcript {
  language: string
  generated: boolean
  lines: Line[]
}

/**
 * What is said in the video, in the language or a near one; what people wrote before what a machine
 * heard. Throws ToolError.
 */
export async function transcriptOf(
  context: CallContext,
  video: Video,
  language: string
): Promise<Transcript> {
  const track = chosen(video.captions, language)
  if (!track) {
    const others = [...new Set(video.captions.map((caption) => caption.language))]
    throw new ToolError(
      others.length === 0
        ? `"${video.title}" has no captions that this server can get. Ask the person to paste the transcript, or go by get_youtube_metadata.`
        : `There are no captions in "${language}". Call again with lang ${others.slice(0, 30).join(', ')}.`
    )
  }
  const { found } = await recent(
    context,
    ['youtube', 'captions', video.url, track.language, track.generated],
    KEPT_SECONDS,
    async () => {
      const { status, body } = await context.web.ask(
        context.principal.user_id,
        'youtube',
        track.path,
        { types: TYPES, maxBytes: MAX_BYTES, signal: context.signal }
      )
      const lines = status === 200 ? linesOf(parsed(body.toString('utf8'))) : []
      // YouTube often answers servers with nothing.
      if (lines.length === 0) {
        throw new ToolError(
          `YouTube does not give the captions of "${video.title}" to this server. Ask the person to paste the transcript, or try again later.`
        )
      }
      return { lines }
    }
  )
  return { language: track.language, generated: track.generated, lines: found.lines }
}

function chosen(
  captions: Video['captions'],
  language: string
): Video['captions'][number] | undefined {
  const asked = language.toLowerCase()
  const base = asked.split('-')[0]
  const fits = (test: (of: string) => boolean) =>
    captions
      .filter((caption) => test(caption.language.toLowerCase()))
      .sort((one, other) => Number(one.generated) - Number(other.generated))[0]
  return fits((of) => of === asked) ?? fits((of) => of.split('-')[0] === base)
}

/** The events of the json3 form, joined to lines that can be read. */
function linesOf(captions: Record<string, unknown> | undefined): Line[] {
  const lines: Line[] = []
  for (const event of list(captions?.['events']).map(object)) {
    const text = plain(
      list(event['segs'])
        .map((segment) => object(segment)['utf8'])
        .filter((part) => typeof part === 'string')
        .join(''),
      2000
    )
    const start = Number(event['tStartMs'])
    if (text === undefined || !Number.isFinite(start)) continue
    const last = lines.at(-1)
    if (
      last &&
      last.text.length + text.length < LINE_LENGTH &&
      !(last.text.length > LINE_LENGTH / 2 && /[.!?。！？]$/.test(last.text))
    ) {
      last.text += ` ${text}`
    } else lines.push({ seconds: Math.floor(start / 1000), text })
  }
  return lines
}

/** Lines with their times, for reading. */
export function transcriptText(lines: Line[]): string {
  return lines.map(({ seconds, text }) => `[${clock(seconds)}] ${text}`).join('\n')
}
