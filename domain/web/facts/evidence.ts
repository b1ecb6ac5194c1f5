import { withDeadline } from '../../../lib/deadline.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import type { CallContext } from '../../context.ts'
import { braveSearch, mapWebResult } from '../brave.ts'
import { plainText, presentFields } from '../plain.ts'
import { readableTypes, readText } from '../reading/index.ts'
import { bestPassages, claimTerms, passageRelevance } from './passages.ts'
import { type EvidenceStance, estimateStance, allStances } from './stance.ts'

const MAX_BYTES = 5 * 1024 * 1024
const PAGE_TIMEOUT_MS = 15_000
/** Limits: results of each search, pages read, passages of each page, and passages in all. */
const MAX_RESULTS = 7
const MAX_PAGES = 3
const MAX_PASSAGES = 3
const MAX_EVIDENCE = 20
/** Passages below this relevance are not evidence. */
const MIN_RELEVANCE = 0.3

export interface EvidencePassage {
  passage: string
  source: string
  title?: string
  date?: string
  relevance: number
  stance: EvidenceStance
  markers: string[]
}
export interface UnreadSource {
  url: string
  why: string
}
export interface GatheredEvidence {
  evidence: EvidencePassage[]
  not_read: UnreadSource[]
}

/**
 * Collects passages about a claim from the given sources and from two searches, with source, date
 * and estimated stance. The most relevant come first. Throws ToolError.
 */
export async function gatherEvidence(
  context: CallContext,
  claim: string,
  sources: string[]
): Promise<GatheredEvidence> {
  const queryTerms = claimTerms(claim)
  context.progress?.(0, undefined, 'Searching the web')
  const searchResults = [
    ...(await searchWeb(context, claim)),
    ...(await searchWeb(context, `fact check ${claim}`))
  ].filter(({ url }, i, all) => all.findIndex((result) => result.url === url) === i)
  const rankedResults = searchResults.toSorted(
    (first, second) =>
      passageRelevance(queryTerms, `${second.title} ${second.description}`) -
      passageRelevance(queryTerms, `${first.title} ${first.description}`)
  )
  const pageUrls = [...new Set([...sources, ...choosePages(rankedResults)])]
  const pageReadings = await readPages(context, pageUrls, queryTerms, claim)
  const allEvidence = pageReadings.flatMap((reading) => reading.evidence)
  const readSources = new Set(allEvidence.map(({ source }) => source))
  for (const { url, title, description = '', published } of searchResults) {
    const relevance = passageRelevance(queryTerms, `${title} ${description}`)
    if (!readSources.has(url) && relevance >= MIN_RELEVANCE) {
      allEvidence.push({
        passage: description || title,
        source: url,
        title,
        ...presentFields({ date: published }),
        relevance,
        ...estimateStance(claim, `${title}. ${description}`, relevance)
      })
    }
  }
  return {
    evidence: rankEvidence(allEvidence),
    not_read: pageReadings.flatMap(({ problem }) => problem ?? []).slice(0, 10)
  }
}

/** The first pages, one of each host. */
function choosePages(rankedResults: ReadonlyArray<{ url: string }>): string[] {
  const seenHosts = new Set<string>()
  return rankedResults
    .filter(({ url }) => {
      const { host } = new URL(url)
      return !seenHosts.has(host) && seenHosts.add(host)
    })
    .slice(0, MAX_PAGES)
    .map(({ url }) => url)
}

function readPages(
  context: CallContext,
  pageUrls: string[],
  terms: ReadonlySet<string>,
  claim: string
) {
  let readCount = 0
  return Promise.all(
    pageUrls.map(async (url) => {
      const reading = await readEvidence(context, url, terms, claim)
      context.progress?.(++readCount, pageUrls.length, `Read ${url.slice(0, 100)}`)
      return reading
    })
  )
}

async function searchWeb(context: CallContext, query: string) {
  return (await braveSearch(context, 'web', query, { count: MAX_RESULTS }, mapWebResult)).results
}

async function readEvidence(
  context: CallContext,
  url: string,
  terms: ReadonlySet<string>,
  claim: string
): Promise<{ evidence: EvidencePassage[]; problem?: UnreadSource }> {
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
    const evidence = bestPassages(terms, text, MAX_PASSAGES, MIN_RELEVANCE).map(
      ({ passage, relevance }) => ({
        passage,
        source: url,
        ...presentFields({ title: plainText(title, 200), date: plainText(published, 40) }),
        relevance,
        ...estimateStance(claim, passage, relevance)
      })
    )
    return evidence.length > 0
      ? { evidence }
      : { evidence, problem: { url, why: 'No passage about the claim was found.' } }
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

/** Sorts by relevance, prefers passages that take a side, and drops repeated passages. */
export function rankEvidence(evidence: EvidencePassage[]): EvidencePassage[] {
  const evidenceWeight = ({ relevance, stance }: EvidencePassage) =>
    relevance + (stance === 'unclear' ? 0 : 0.2)
  const sortedEvidence = evidence.toSorted(
    (first, second) => evidenceWeight(second) - evidenceWeight(first)
  )
  return sortedEvidence
    .filter(
      ({ passage }, i) =>
        sortedEvidence.findIndex((candidate) => candidate.passage === passage) === i
    )
    .slice(0, MAX_EVIDENCE)
}

/** Counts the passages of each stance. */
export function countStances(evidence: EvidencePassage[]): Record<string, number> {
  return Object.fromEntries(
    allStances.map((stance) => [stance, evidence.filter((entry) => entry.stance === stance).length])
  )
}

/** The evidence as a numbered list for the text form of an answer. */
export function evidenceText(evidence: EvidencePassage[]): string {
  if (evidence.length === 0) {
    return 'No evidence was found. Rephrase the claim, or give sources.'
  }
  return evidence
    .map(
      ({ passage, source, title, date, relevance, stance, markers }, i) =>
        `${i + 1}. ${stance}${markers.length > 0 ? ` (${markers.join('; ')})` : ''}, relevance ` +
        `${relevance}: ${passage}\n   ${[title, date, source].filter(Boolean).join(', ')}`
    )
    .join('\n')
}
