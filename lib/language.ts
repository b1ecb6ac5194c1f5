/** The languages of the pages. The database stores these names. */
export const languages = ['en', 'ja'] as const
export type Language = (typeof languages)[number]

/** The locales of dates and numbers. */
export const locales: Record<Language, string> = { en: 'en-GB', ja: 'ja-JP' }

/**
 * The language that a browser prefers (`Accept-Language`, RFC 9110 §12.5.4), English if it asks for
 * neither.
 */
export function acceptedLanguage(header: string | undefined): Language {
  const ranges = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range
        .toLowerCase()
        .split(';')
        .map((part) => part.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return { tag: tag.split('-')[0]!, weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((first, second) => second.weight - first.weight)
  return languages.find((language) => language === ranges.find(isSpoken)?.tag) ?? 'en'
}

function isSpoken({ tag }: { tag: string }): boolean {
  return languages.some((language) => language === tag)
}
