/**
 * The shape of a catalogue in another language: the same keys, and functions of the same arguments.
 */
export type Translated<T> = T extends string
  ? string
  : T extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Key in keyof T]: Translated<T[Key]> }

const englishRules = new Intl.PluralRules('en')
const englishNumbers = new Intl.NumberFormat('en-GB')
const japaneseNumbers = new Intl.NumberFormat('ja-JP')

/** A number with the English noun that fits it: "1 memory", "2,000 memories". */
export function countOf(count: number, singular: string, plural: string): string {
  const noun = englishRules.select(count) === 'one' ? singular : plural
  return `${englishNumbers.format(count)} ${noun}`
}

/** A number with its Japanese counter: "2,000 件". */
export function counted(count: number, counter: string): string {
  return `${japaneseNumbers.format(count)} ${counter}`
}
