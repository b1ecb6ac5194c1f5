import { PageError } from '../../lib/errors.ts'
import { catalogues, type Texts } from '../../views/texts/index.ts'

export type FaultKey = keyof Texts['faults']

interface FaultDetails {
  /** A slug for the audit log. */
  reason: string
  /** What fills the {places} in the text. */
  values?: Record<string, string>
  received?: Array<[string, string]>
  /** Where the link of the page leads, if the fault has one. */
  href?: string
}

/** The words of a fault, in their full shape. */
interface FaultWords {
  title: string
  text: string
  advice?: string
  steps?: ReadonlyArray<{ when: string; then: string }>
  link?: string
}

/**
 * A refusal whose page is in the reader's language: the error handler words it again. Programs get
 * the English text.
 */
export function pageFault(
  statusCode: number,
  key: FaultKey,
  { reason, values, received, href }: FaultDetails
): PageError {
  const { title, text, advice, steps, link } = catalogues.en.faults[key] as FaultWords
  return new PageError(statusCode, title, fillPlaces(text, values), {
    key,
    reason,
    ...(values && { values }),
    ...(received && { received }),
    ...(advice !== undefined && { advice }),
    ...(steps && { steps: [...steps] }),
    ...(href !== undefined && link !== undefined && { link: { href, text: link } })
  })
}

/** The words of a refusal in the language of these texts. */
export function wordsOf(error: PageError, { faults }: Texts) {
  const { title, message, advice, steps, link } = error
  const words = faults[error.key as FaultKey] as FaultWords | undefined
  if (!words) return { title, message, advice, steps, link }
  return {
    title: words.title,
    message: fillPlaces(words.text, error.values),
    advice: words.advice,
    steps: words.steps && [...words.steps],
    link: link && { href: link.href, text: words.link ?? link.text }
  }
}

function fillPlaces(text: string, values: Record<string, string> = {}): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place)
}
