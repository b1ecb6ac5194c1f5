import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { webAnnotations, objectList, UNTRUSTED_NOTICE } from './fields.ts'
import { fetchTranscript } from '../../domain/web/youtube/captions.ts'
import { CaptionLanguage, VideoUrl } from './youtube.ts'
import { clockTime, findVideo, momentUrl } from '../../domain/web/youtube/video.ts'
import {
  countStances,
  type EvidencePassage,
  evidenceText,
  gatherEvidence,
  type UnreadSource,
  rankEvidence
} from '../../domain/web/facts/evidence.ts'
import { claimTerms, passageRelevance } from '../../domain/web/facts/passages.ts'
import { estimateStance } from '../../domain/web/facts/stance.ts'

/** Said by every answer. */
const JUDGING_NOTICE =
  `${UNTRUSTED_NOTICE} Stances are guessed from words and numbers on the surface: ` +
  'read the passages, weigh who says it and when, and judge yourself.'
const ClaimText = Type.String({
  minLength: 3,
  maxLength: 500,
  description: 'One statement that can be checked.'
})
/** Passages of a video. */
const VIDEO_PASSAGES = 5

const evidenceFields = {
  fetched_at: Type.String(),
  notice: Type.String(),
  counts: Type.Unsafe<Record<string, number>>({ type: 'object' }),
  evidence: objectList<EvidencePassage>(),
  not_read: objectList<UnreadSource>()
}

const factCheckClaim = tool({
  name: 'fact_check_claim',
  title: 'Check a claim',
  description:
    'Finds evidence on a claim, on the web and in sources you name: passages with ' +
    'source, date and whether they support it. Use it before you call a claim true or ' +
    'false; for a video, use youtube_fact_check. You judge.',
  example: { claim: 'The lighthouse was built in 1886' },
  groups: ['web'],
  needs: ['brave', 'pages'],
  annotations: webAnnotations,
  input: Type.Object(
    {
      claim: ClaimText,
      sources: Type.Optional(
        Type.Array(Type.String({ maxLength: 2000 }), {
          maxItems: 5,
          description: 'Addresses of pages to read too.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      claim: Type.String(),
      ...evidenceFields
    },
    closed
  ),
  async run({ claim, sources = [] }, context) {
    const { evidence, not_read } = await gatherEvidence(context, claim, sources)
    return {
      claim,
      fetched_at: new Date().toISOString(),
      notice: JUDGING_NOTICE,
      counts: countStances(evidence),
      evidence,
      not_read
    }
  },
  text: ({ claim, notice, evidence, not_read: lost }) =>
    `Claim: ${claim}\n${notice}\n\n${evidenceText(evidence)}${lostText(lost)}`
})

const youtubeFactCheck = tool({
  name: 'youtube_fact_check',
  title: 'Check a claim in a video',
  description:
    'Finds what a YouTube video says about a claim, and evidence on it from the web. Use ' +
    'it when the video is the source; for a claim alone, use fact_check_claim. You ' +
    'judge.',
  example: { video_url: 'dQw4w9WgXcQ', claim: 'The lighthouse was built in 1886' },
  groups: ['web'],
  needs: ['youtube', 'brave', 'pages'],
  annotations: webAnnotations,
  input: Type.Object({ video_url: VideoUrl, claim: ClaimText, lang: CaptionLanguage }, closed),
  output: Type.Object(
    {
      claim: Type.String(),
      url: Type.String(),
      title: Type.String(),
      said: objectList<EvidencePassage>(),
      ...evidenceFields
    },
    closed
  ),
  async run({ video_url: url, claim, lang = 'en' }, context) {
    const { video } = await findVideo(context, url)
    const { lines } = await fetchTranscript(context, video, lang)
    const queryTerms = claimTerms(claim)
    const videoEvidence = lines
      .map(({ seconds, text }) => ({
        seconds,
        text,
        relevance: passageRelevance(queryTerms, text)
      }))
      .filter(({ relevance }) => relevance >= 0.3)
      .map(({ seconds, text, relevance }) => ({
        passage: `[${clockTime(seconds)}] ${text}`,
        source: momentUrl(video.url, seconds),
        relevance,
        ...estimateStance(claim, text, relevance)
      }))
    const { evidence, not_read } = await gatherEvidence(context, claim, [])
    return {
      claim,
      url: video.url,
      title: video.title,
      fetched_at: new Date().toISOString(),
      notice: JUDGING_NOTICE,
      said: rankEvidence(videoEvidence).slice(0, VIDEO_PASSAGES),
      counts: countStances(evidence),
      evidence,
      not_read
    }
  },
  text({ claim, url, title, notice, said: videoPassages, evidence, not_read: lost }) {
    const inVideo =
      videoPassages.length > 0 ? evidenceText(videoPassages) : 'Nothing that could be found.'
    return (
      `Claim: ${claim}\nVideo: ${url}\n${notice}\n\n${title}\nSaid in the video:\n${inVideo}\n\n` +
      `Evidence from elsewhere:\n${evidenceText(evidence)}${lostText(lost)}`
    )
  }
})

function lostText(lost: UnreadSource[]): string {
  return lost.length === 0
    ? ''
    : `\n\nNot read: ${lost.map(({ url, why }) => `${url} (${why})`).join('; ')}`
}

export const factTools = [youtubeFactCheck, factCheckClaim]
