import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { asList, asObject, plainText } from '../plain.ts'
import { findOrFetchRecent } from '../recent.ts'
import { clockTime, parseJsonObject, type VideoDetails } from './video.ts'

const KEPT_SECONDS = 24 * 3600
const MAX_BYTES = 8 * 1024 * 1024
const CAPTION_TYPES = ['application/json', 'text/html', 'text/plain', 'text/xml', 'application/xml']
/** The approximate length of a transcript line, in characters. */
const LINE_LENGTH = 300

export interface TranscriptLine {
  seconds: number
  text: string
}
export interface VideoTranscript {
  language: string
  generated: boolean
  lines: TranscriptLine[]
}

/**
 * The transcript of a video in the language or a variant of it. Prefers captions by people to
 * generated ones. Throws ToolError.
 */
export async function fetchTranscript(
  context: CallContext,
  video: VideoDetails,
  language: string
): Promise<VideoTranscript> {
  const captionTrack = chooseTrack(video.captions, language)
  if (!captionTrack) {
    const otherLanguages = [...new Set(video.captions.map((caption) => caption.language))]
    throw new ToolError(
      otherLanguages.length === 0
        ? `"${video.title}" has no captions for this server. ` +
            'Ask the person to paste the transcript, or use get_youtube_metadata.'
        : `There are no captions in "${language}". ` +
            `Call again with lang ${otherLanguages.slice(0, 30).join(', ')}.`
    )
  }
  const { answer } = await findOrFetchRecent(
    context,
    ['youtube', 'captions', video.url, captionTrack.language, captionTrack.generated],
    KEPT_SECONDS,
    async () => {
      const { status, body } = await context.web.ask(
        context.principal.user_id,
        'youtube',
        captionTrack.path,
        { types: CAPTION_TYPES, maxBytes: MAX_BYTES, signal: context.signal }
      )
      const transcriptLines =
        status === 200 ? parseCaptionLines(parseJsonObject(body.toString('utf8'))) : []
      // YouTube often gives servers an empty answer.
      if (transcriptLines.length === 0) {
        throw new ToolError(
          `YouTube refuses this server the captions of "${video.title}". Ask the person to ` +
            'paste the transcript, or try again later.'
        )
      }
      return { lines: transcriptLines }
    }
  )
  return { language: captionTrack.language, generated: captionTrack.generated, lines: answer.lines }
}

function chooseTrack(
  captions: VideoDetails['captions'],
  language: string
): VideoDetails['captions'][number] | undefined {
  const requestedLanguage = language.toLowerCase()
  const baseLanguage = requestedLanguage.split('-')[0]
  const findTrack = (test: (captionLanguage: string) => boolean) =>
    captions
      .filter((caption) => test(caption.language.toLowerCase()))
      .sort((first, second) => Number(first.generated) - Number(second.generated))[0]
  return (
    findTrack((captionLanguage) => captionLanguage === requestedLanguage) ??
    findTrack((captionLanguage) => captionLanguage.split('-')[0] === baseLanguage)
  )
}

/** Joins the events of the json3 format to readable lines. */
function parseCaptionLines(captions: Record<string, unknown> | undefined): TranscriptLine[] {
  const captionLines: TranscriptLine[] = []
  for (const captionEvent of asList(captions?.['events']).map(asObject)) {
    const eventText = plainText(
      asList(captionEvent['segs'])
        .map((segment) => asObject(segment)['utf8'])
        .filter((part) => typeof part === 'string')
        .join(''),
      2000
    )
    const startMs = Number(captionEvent['tStartMs'])
    if (eventText === undefined || !Number.isFinite(startMs)) continue
    const lastLine = captionLines.at(-1)
    if (
      lastLine &&
      lastLine.text.length + eventText.length < LINE_LENGTH &&
      !(lastLine.text.length > LINE_LENGTH / 2 && /[.!?。！？]$/.test(lastLine.text))
    ) {
      lastLine.text += ` ${eventText}`
    } else captionLines.push({ seconds: Math.floor(startMs / 1000), text: eventText })
  }
  return captionLines
}

/** The lines with their times. */
export function transcriptText(lines: TranscriptLine[]): string {
  return lines.map(({ seconds, text }) => `[${clockTime(seconds)}] ${text}`).join('\n')
}
