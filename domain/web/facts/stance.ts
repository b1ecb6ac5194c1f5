/**
 * Words by which texts deny or confirm something, in a few languages; a sign for whoever judges, no
 * proof.
 */
const denials =
  /\b(?:false|untrue|not true|myths?|debunk\w*|hoax\w*|misleading|misinformation|disinformation|fabricated|incorrect|inaccurate|wrong|no evidence|refut\w+|disprov\w+|conspiracy|fake|rumou?rs?|falsch|widerlegt\w*|Mythos|unwahr|irreführend|faux|fausse|trompeu\w+|démenti\w*|mito|falso|falsa|bulo|desmentid\w+)\b|誤り|虚偽|デマ|谣言|虚假|不实/iu
const confirmations =
  /\b(?:confirm(?:s|ed)?|verified|proven|indeed|accurate|correctly|true that|established|bestätigt\w*|bewiesen|confirmé\w*|avéré\w*|confirmad\w+|verificad\w+)\b|確認され|证实/iu
const negations =
  /\b(?:not|never|no longer|none|neither|nor|cannot|without|isn't|wasn't|aren't|weren't|don't|doesn't|didn't|can't|couldn't|won't|hasn't|haven't|nicht|kein\w*|niemals|nie|ne|pas|jamais|nunca|jamás|ningún|no)\b/giu
const numbers = /(?<![\p{L}\d.])\d[\d.,]*(?:\s*(?:%|percent|million|billion|thousand))?/giu

export const stances = ['supports', 'contradicts', 'unclear'] as const
export type Stance = (typeof stances)[number]

/**
 * How a passage stands to a claim, by signs on its surface: denying and confirming words, a
 * negation that one has and the other has not, numbers that agree or differ. The signs are named,
 * for the reader to judge; `relevance` is the share of the claim's words in the passage, 0 to 1.
 */
export function stanceOf(
  claim: string,
  passage: string,
  relevance: number
): { stance: Stance; markers: string[] } {
  const denial = denials.exec(passage)?.[0]
  const rest = denial === undefined ? passage : passage.replace(denial, ' ')
  const confirmation = confirmations.exec(rest)?.[0]
  const against = denial !== undefined && !denials.test(claim) ? [`says "${denial}"`] : []
  if (negates(claim) !== negates(rest)) {
    against.push(negates(rest) ? 'negated here' : 'not negated here')
  }
  const [claimed, said] = [numbersOf(claim), numbersOf(passage)]
  const same = claimed.filter((number) => said.includes(number))
  const others = said.filter(
    (number) => !claimed.includes(number) && claimed.some((one) => sameKind(one, number))
  )
  if (same.length === 0 && others.length > 0) {
    against.push(`other number: ${others.slice(0, 3).join(', ')} (claim: ${claimed.join(', ')})`)
  }
  const inFavour = [
    ...(confirmation === undefined ? [] : [`says "${confirmation}"`]),
    ...(same.length === 0 ? [] : [`same number: ${same.join(', ')}`])
  ]
  const markers = [...against, ...inFavour]
  // Two denials take each other back, as in "not a myth"; that, and what has little to do with the
  // claim, is for the reader.
  if (against.length > 0) {
    return {
      stance: relevance >= 0.4 && against.length % 2 === 1 ? 'contradicts' : 'unclear',
      markers
    }
  }
  return {
    stance: relevance >= (inFavour.length > 0 ? 0.4 : 0.7) ? 'supports' : 'unclear',
    markers
  }
}

function negates(text: string): boolean {
  return (text.match(negations)?.length ?? 0) % 2 === 1
}

function numbersOf(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(numbers)].map(([number]) =>
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

/** Years are compared with years, percentages with percentages. */
function sameKind(one: string, other: string): boolean {
  return kindOf(one) === kindOf(other)
}

function kindOf(number: string): string {
  return /^(1[0-9]|20)\d\d$/.test(number) ? 'year' : number.replace(/^[\d.]+\s*/, '') || 'number'
}
