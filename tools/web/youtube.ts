import { Type } from 'typebox'
import { cutToBudget } from '../../lib/answer-size.ts'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { webAnnotations, objectList, UNTRUSTED_NOTICE } from './fields.ts'
import { presentFields } from '../../domain/web/plain.ts'
import { quoteForeignText } from '../../domain/web/quotation.ts'
import { fetchTranscript, transcriptText } from '../../domain/web/youtube/captions.ts'
import { summarizeTranscript } from '../../domain/web/youtube/summary.ts'
import { clockTime, findVideo, momentUrl } from '../../domain/web/youtube/video.ts'

const TEXT_BUDGET = 54_000
const DESCRIPTION_LENGTH = 2000

const sharedFields = {
  groups: ['web'] as ['web'],
  needs: ['youtube'] as const,
  annotations: webAnnotations
}
export const VideoUrl = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Address or id of a YouTube video.'
})
export const CaptionLanguage = Type.Optional(
  Type.String({
    maxLength: 20,
    default: 'en',
    description: 'Language of the captions, such as ja.'
  })
)
const sourceFields = {
  url: Type.String(),
  title: Type.String(),
  fetched_at: Type.String(),
  notice: Type.String()
}

const getYoutubeMetadata = tool({
  ...sharedFields,
  name: 'get_youtube_metadata',
  title: 'About a video',
  description:
    'Returns title, channel, length, views, date, description of a YouTube video. Use it ' +
    'to see what a video is; for what it says, use get_youtube_transcript.',
  example: { video_url: 'dQw4w9WgXcQ' },
  input: Type.Object({ video_url: VideoUrl }, closed),
  output: Type.Object(
    {
      ...sourceFields,
      channel: Type.Optional(Type.String()),
      duration_seconds: Type.Optional(Type.Integer()),
      view_count: Type.Optional(Type.Integer()),
      upload_date: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      tags: Type.Optional(Type.Array(Type.String())),
      captions: Type.Array(Type.String())
    },
    closed
  ),
  async run({ video_url: url }, context) {
    const {
      video: { captions, description, ...facts },
      at
    } = await findVideo(context, url)
    return {
      ...facts,
      ...presentFields({
        description: description && cutToBudget(description, DESCRIPTION_LENGTH)
      }),
      captions: [...new Set(captions.map(({ language }) => language))],
      fetched_at: at,
      notice: UNTRUSTED_NOTICE
    }
  },
  text: ({ notice, ...facts }) =>
    `${notice}\n${Object.entries(facts)
      .map(([name, fact]) => `${name}: ${Array.isArray(fact) ? fact.join(', ') : fact}`)
      .join('\n')}`
})

const getYoutubeTranscript = tool({
  ...sharedFields,
  name: 'get_youtube_transcript',
  title: 'Transcript of a video',
  description:
    'Returns what is said in a YouTube video, with times; go on at next_offset. Use it ' +
    'for the exact words; for the main passages of a long video, use youtube_summarize.',
  example: { video_url: 'dQw4w9WgXcQ' },
  input: Type.Object(
    {
      video_url: VideoUrl,
      lang: CaptionLanguage,
      offset: Type.Optional(
        Type.Integer({ minimum: 0, default: 0, description: 'How many characters to skip.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      ...sourceFields,
      language: Type.String(),
      generated: Type.Boolean(),
      text: Type.String(),
      total_length: Type.Integer(),
      next_offset: Type.Optional(Type.Integer())
    },
    closed
  ),
  async run({ video_url: url, lang = 'en', offset = 0 }, context) {
    const { video, at } = await findVideo(context, url)
    const { language, generated, lines } = await fetchTranscript(context, video, lang)
    const fullTranscript = transcriptText(lines)
    if (offset >= fullTranscript.length) {
      throw new ToolError(
        `The transcript has ${fullTranscript.length} characters; offset must be smaller.`
      )
    }
    const transcriptPart = cutToBudget(fullTranscript.slice(offset), TEXT_BUDGET)
    const nextOffset = offset + transcriptPart.length
    return {
      url: video.url,
      title: video.title,
      language,
      generated,
      fetched_at: at,
      notice: UNTRUSTED_NOTICE,
      text: transcriptPart,
      total_length: fullTranscript.length,
      ...(nextOffset < fullTranscript.length && { next_offset: nextOffset })
    }
  },
  text({ url, title, language, generated, notice, text, total_length: total, next_offset: next }) {
    const continuationHint =
      next === undefined
        ? ''
        : `\n(The transcript has ${total} characters; go on with offset ${next}.)`
    const origin = `${language}${generated ? ', heard by a machine' : ''}`
    const transcript = quoteForeignText('transcript', `${title}\n${text}`)
    return `Source: ${url} (${origin})\n${notice}\n\n${transcript}${continuationHint}`
  }
})

const youtubeSummarize = tool({
  ...sharedFields,
  name: 'youtube_summarize',
  title: 'Sum up a video',
  description:
    'Returns the main passages of a video in order, with times and links, and its key ' +
    'words. Use it before you sum up a video, which you do yourself; for every word, use ' +
    'get_youtube_transcript.',
  example: { video_url: 'dQw4w9WgXcQ' },
  input: Type.Object({ video_url: VideoUrl, lang: CaptionLanguage }, closed),
  output: Type.Object(
    {
      ...sourceFields,
      channel: Type.Optional(Type.String()),
      duration_seconds: Type.Optional(Type.Integer()),
      upload_date: Type.Optional(Type.String()),
      language: Type.String(),
      key_words: Type.Array(Type.String()),
      passages: objectList<{ at: string; url: string; text: string }>(),
      share: Type.Number()
    },
    closed
  ),
  async run({ video_url: url, lang = 'en' }, context) {
    const { video, at } = await findVideo(context, url)
    const { language, lines } = await fetchTranscript(context, video, lang)
    const { passages, words, share } = summarizeTranscript(lines)
    return {
      url: video.url,
      title: video.title,
      ...presentFields({
        channel: video.channel,
        duration_seconds: video.duration_seconds,
        upload_date: video.upload_date
      }),
      language,
      fetched_at: at,
      notice: UNTRUSTED_NOTICE,
      key_words: words,
      passages: passages.map(({ seconds, text }) => ({
        at: clockTime(seconds),
        url: momentUrl(video.url, seconds),
        text
      })),
      share
    }
  },
  text({
    url,
    title,
    channel,
    duration_seconds: seconds,
    upload_date: date,
    notice,
    key_words: words,
    passages,
    share
  }) {
    const videoFacts = [channel, date, seconds !== undefined && clockTime(seconds)]
      .filter(Boolean)
      .join(', ')
    const passageLines = passages.map(({ at, text }) => `[${at}] ${text}`)
    return (
      `Source: ${url}\n${notice}\n\n${title}${videoFacts && ` (${videoFacts})`}\n` +
      `Key words: ${words.join(', ')}\n` +
      `Passages in their order (${Math.round(share * 100)} % of what is said):\n` +
      passageLines.join('\n')
    )
  }
})

export const youtubeTools = [getYoutubeTranscript, getYoutubeMetadata, youtubeSummarize]
