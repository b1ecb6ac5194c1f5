/** Words that deny or confirm, in a few languages. They are hints for the reader, not proof. */
const denialPattern = new RegExp(
  String.raw`\b(?:false|untrue|not true|myths?|debunk\w*|hoax\w*|misleading|misinformation|` +
    String.raw`disinformation|fabricated|incorrect|inaccurate|wrong|no evidence|refut\w+|` +
    String.raw`disprov\w+|conspiracy|fake|rumou?rs?|` +
    String.raw`falsch|widerlegt\w*|Mythos|unwahr|irreführend|faux|fausse|trompeu\w+|démenti\w*|` +
    String.raw`mito|falso|falsa|bulo|desmentid\w+)\b|誤り|虚偽|デマ|谣言|虚假|不实`,
  'iu'
)
const confirmationPattern = new RegExp(
  String.raw`\b(?:confirm(?:s|ed)?|verified|proven|indeed|accurate|correctly|true that|` +
    String.raw`established|bestätigt\w*|bewiesen|confirmé\w*|avéré\w*|confirmad\w+|verificad\w+)` +
    String.raw`\b|確認され|证实`,
  'iu'
)
const negationPattern = new RegExp(
  String.raw`\b(?:not|never|no longer|none|neither|nor|cannot|without|isn't|wasn't|aren't|` +
    String.raw`weren't|don't|doesn't|didn't|can't|couldn't|won't|hasn't|haven't|` +
    String.raw`nicht|kein\w*|niemals|nie|ne|pas|jamais|nunca|jamás|ningún|no)\b`,
  'giu'
)
const numberPattern = /(?<![\p{L}\d.])\d[\d.,]*(?:\s*(?:%|percent|million|billion|thousand))?/giu

export const allStances = ['supports', 'contradicts', 'unclear'] as const
export type EvidenceStance = (typeof allStances)[number]

/**
 * Guesses whether a passage supports or contradicts a claim, from denying and confirming words,
 * negations and numbers. `markers` lists these signs, so that the reader can judge. `relevance` is
 * the share of the claim's terms in the passage, 0 to 1.
 */
export function estimateStance(
  claim: string,
  passage: string,
  relevance: number
): { stance: EvidenceStance; markers: string[] } {
  const denialWord = denialPattern.exec(passage)?.[0]
  const withoutDenial = denialWord === undefined ? passage : passage.replace(denialWord, ' ')
  const confirmingWord = confirmationPattern.exec(withoutDenial)?.[0]
  const contraryMarkers =
    denialWord !== undefined && !denialPattern.test(claim) ? [`says "${denialWord}"`] : []
  if (isNegated(claim) !== isNegated(withoutDenial)) {
    contraryMarkers.push(isNegated(withoutDenial) ? 'negated here' : 'not negated here')
  }
  const [claimNumbers, passageNumbers] = [listNumbers(claim), listNumbers(passage)]
  const sameNumbers = claimNumbers.filter((number) => passageNumbers.includes(number))
  const otherNumbers = passageNumbers.filter(
    (number) =>
      !claimNumbers.includes(number) &&
      claimNumbers.some((claimNumber) => sameKind(claimNumber, number))
  )
  if (sameNumbers.length === 0 && otherNumbers.length > 0) {
    contraryMarkers.push(
      `other number: ${otherNumbers.slice(0, 3).join(', ')} (claim: ${claimNumbers.join(', ')})`
    )
  }
  const supportingMarkers = [
    ...(confirmingWord === undefined ? [] : [`says "${confirmingWord}"`]),
    ...(sameNumbers.length === 0 ? [] : [`same number: ${sameNumbers.join(', ')}`])
  ]
  const allMarkers = [...contraryMarkers, ...supportingMarkers]
  // Two denials cancel each other, as in "not a myth". Such passages, and barely relevant ones,
  // stay unclear.
  if (contraryMarkers.length > 0) {
    return {
      stance: relevance >= 0.4 && contraryMarkers.length % 2 === 1 ? 'contradicts' : 'unclear',
      markers: allMarkers
    }
  }
  return {
    stance: relevance >= (supportingMarkers.length > 0 ? 0.4 : 0.7) ? 'supports' : 'unclear',
    markers: allMarkers
  }
}

function isNegated(text: string): boolean {
  return (text.match(negationPattern)?.length ?? 0) % 2 === 1
}

function listNumbers(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(numberPattern)].map(([number]) =>
        number
          .toLowerCase()
          .replace(/(?<![.,])[.,]+$/, '')
          .replace(/,(?=\d{3})/g, '')
          .replace(/(?<!\s)\s*percent/, '%')
          .replace(/\s+/g, ' ')
      )
    )
  ]
}

/** Compares years with years, and percentages with percentages. */
function sameKind(first: string, second: string): boolean {
  return numberKind(first) === numberKind(second)
}

function numberKind(number: string): string {
  return /^(1[0-9]|20)\d\d$/.test(number) ? 'year' : number.replace(/^[\d.]+\s*/, '') || 'number'
}
