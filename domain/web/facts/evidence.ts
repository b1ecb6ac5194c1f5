import { withDeadline } from '../../../lib/deadline.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { braveSearch, webResult } from '../brave.ts'
import { plain, present } from '../plain.ts'
import { readableTypes, readText } from '../reading/index.ts'
import { bestPassages, claimTerms, relevanceOf } from './passages.ts'
import { type Stance, stanceOf, stances } from './stance.ts'

const MAX_BYTES = 5 * 1024 * 1024
const PAGE_TIMEOUT_MS = 15_000
/**
 * Results of each search, pages of them that are read, passages of each page, and pieces of
 * evidence in all.
 */
const RESULTS = 7
const PAGES = 3
const PASSAGES = 3
const MAX_EVIDENCE = 20
/** What has less to do with the claim is no evidence. */
const MIN_RELEVANCE = 0.3

export interface Evidence {
  passage: string
  source: string
  title?: string
  date?: string
  relevance: number
  stance: Stance
  markers: string[]
}
export interface Lost {
  url: string
  why: string
}
export interface Gathered {
  evidence: Evidence[]
  not_read: Lost[]
}

/**
 * What the named sources, and a search, say about a claim: passages with where they are from, when,
 * and how they seem to stand to it; the most relevant first. Throws ToolError.
 */
export async function gatherEvidence(
  context: CallContext,
  claim: string,
  sources: string[]
): Promise<Gathered> {
  const terms = claimTerms(claim)
  const results = [
    ...(await search(context, claim)),
    ...(await search(context, `fact check ${claim}`))
  ].filter(({ url }, i, all) => all.findIndex((one) => one.url === url) === i)
  const best = results.toSorted(
    (one, other) =>
      relevanceOf(terms, `${other.title} ${other.description}`) -
      relevanceOf(terms, `${one.title} ${one.description}`)
  )
  const hosts = new Set<string>()
  const chosen = best
    .filter(({ url }) => {
      const { host } = new URL(url)
      return !hosts.has(host) && hosts.add(host)
    })
    .slice(0, PAGES)
    .map(({ url }) => url)

  const readings = await Promise.all(
    [...new Set([...sources, ...chosen])].map((url) => readEvidence(context, url, terms, claim))
  )
  const evidence = readings.flatMap((reading) => reading.evidence)
  const read = new Set(evidence.map(({ source }) => source))
  for (const { url, title, description = '', published } of results) {
    const relevance = relevanceOf(terms, `${title} ${description}`)
    if (!read.has(url) && relevance >= MIN_RELEVANCE) {
      evidence.push({
        passage: description || title,
        source: url,
        title,
        ...present({ date: published }),
        relevance,
        ...stanceOf(claim, `${title}. ${description}`, relevance)
      })
    }
  }
  return {
    evidence: ordered(evidence),
    not_read: readings.flatMap(({ problem }) => problem ?? []).slice(0, 10)
  }
}

async function search(context: CallContext, query: string) {
  return (await braveSearch(context, 'web', query, { count: RESULTS }, webResult)).results
}

async function readEvidence(
  context: CallContext,
  url: string,
  terms: ReadonlySet<string>,
  claim: string
): Promise<{ evidence: Evidence[]; problem?: Lost }> {
  try {
    const { text, title, published } = await withDeadline(
      PAGE_TIMEOUT_MS,
      [context.signal],
      async (signal) =>
        readText(
          await context.web.readPage(context.principal.user_id, url, {
            types: readableTypes,
            maxBytes: MAX_BYTES,
            signal
          }),
          undefined,
          signal
        )
    )
    const evidence = bestPassages(terms, text, PASSAGES, MIN_RELEVANCE).map(
      ({ passage, relevance }) => ({
        passage,
        source: url,
        ...present({ title: plain(title, 200), date: plain(published, 40) }),
        relevance,
        ...stanceOf(claim, passage, relevance)
      })
    )
    return evidence.length > 0
      ? { evidence }
      : { evidence, problem: { url, why: 'It says nothing about the claim that could be found.' } }
  } catch (error) {
    if (
      !(error instanceof ToolError) &&
      !context.signal.aborted &&
      (error as Error).name !== 'TimeoutError'
    ) {
      throw error
    }
    return {
      evidence: [],
      problem: { url, why: error instanceof ToolError ? error.message : 'It took too long.' }
    }
  }
}

/**
 * By relevance; whatever takes a side before what does not. The same words from several pages count
 * once.
 */
export function ordered(evidence: Evidence[]): Evidence[] {
  const weight = ({ relevance, stance }: Evidence) => relevance + (stance === 'unclear' ? 0 : 0.2)
  const sorted = evidence.toSorted((one, other) => weight(other) - weight(one))
  return sorted
    .filter(({ passage }, i) => sorted.findIndex((one) => one.passage === passage) === i)
    .slice(0, MAX_EVIDENCE)
}

export function countsOf(evidence: Evidence[]): Record<string, number> {
  return Object.fromEntries(
    stances.map((stance) => [stance, evidence.filter((one) => one.stance === stance).length])
  )
}

export function evidenceText(evidence: Evidence[]): string {
  if (evidence.length === 0) {
    return 'Nothing was found that has to do with it. Put the claim in other words, or give sources.'
  }
  return evidence
    .map(
      ({ passage, source, title, date, relevance, stance, markers }, i) =>
        `${i + 1}. ${stance}${markers.length > 0 ? ` (${markers.join('; ')})` : ''}, relevance ${relevance}: ${passage}\n   ${[title, date, source].filter(Boolean).join(', ')}`
    )
    .join('\n')
}
