/**
 * Stemmers for languages that Snowball's JavaScript edition lacks. They strip the longest ending
 * that leaves a stem of `least` letters. They are light: they never guess at roots.
 */
const inflectionEndings: Record<string, { least: number; endings: readonly string[] }> = {
  polish: {
    least: 3,
    endings: longestFirst(
      'owie owego owej owych owymi owym ami iami ach iach om iom ow iow owi em iem a ' +
        'ia e ie i y o u iu ego iego emu iemu ych ich ymi imi ym im ej iej'
    )
  },
  ukrainian: {
    least: 3,
    endings: longestFirst(
      'ами ями ах ях ові еві єві ів ам ям ою ею єю ом ем єм ий ій ого ього ому ьому ' +
        'их іх ими іми ої ити ати яти а я у ю и і о е є ь й'
    )
  },
  greek: {
    least: 3,
    endings: longestFirst(
      'ουσ ων εσ ασ ησ οσ ου οι ια ιο ιου ιων ιοσ εισ εων εδεσ εδων α η ο ι ε υ ματα ' +
        'ματοσ ματων μα ω ει'
    )
  },
  hindi: {
    least: 2,
    endings: longestFirst(
      'ियां ियों ाइयां ाइयों इयां इयों ुओं ुएं ओं एं ताओं ताएं ाओं ाएं ों ें ीं ां ो ' +
        'े ू ु ी ि ा ई ए ता ती ते ना नी ने ाया ाए ाई ायी ूंगा ूंगी ेगा ेगी ेंगे ाकर'
    )
  }
}

/** Hebrew articles, prepositions and conjunctions are letters before the word. */
const hebrewPrefixes = /^[הובכלמש]{1,3}(?=.{2})/u
const hebrewEndings = [
  'ותיהמ',
  'יהמ',
  'ותיו',
  'יות',
  'ימ',
  'ות',
  'יו',
  'יה',
  'ינ',
  'נו',
  'ה',
  'ת',
  'י',
  'ו'
]
const finalLetters: Record<string, string> = { ך: 'כ', ם: 'מ', ן: 'נ', ף: 'פ', ץ: 'צ', ς: 'σ' }

export type LightLanguage = 'polish' | 'ukrainian' | 'greek' | 'hindi' | 'hebrew'

/**
 * The common forms of a folded, lower-case word's inflections. Hebrew has several, since a first
 * letter may be a prefix or part of the word.
 */
export function lightStems(word: string, language: LightLanguage): string[] {
  const normalizedWord = word
    .replace(/[ךםןףץς]/gu, (letter) => finalLetters[letter]!)
    .replace(/\u093c/g, '')
    .replace(/\u0901/g, '\u0902') // drop nukta, unify chandrabindu
  if (language === 'hebrew') return hebrewStems(normalizedWord)
  const { least, endings: list } = inflectionEndings[language]!
  const wordEnding = list.find(
    (it) => normalizedWord.endsWith(it) && normalizedWord.length - it.length >= least
  )
  return [wordEnding === undefined ? normalizedWord : normalizedWord.slice(0, -wordEnding.length)]
}

function hebrewStems(word: string): string[] {
  const bareForms = [word]
  const prefixLength = hebrewPrefixes.exec(word)?.[0].length ?? 0
  for (let length = 1; length <= prefixLength; length++) {
    if (word.length - length >= (length === 1 ? 2 : 3)) bareForms.push(word.slice(length))
  }
  const hebrewForms = bareForms.flatMap((form) => {
    const formEnding = hebrewEndings.find((it) => form.endsWith(it) && form.length - it.length >= 3)
    return formEnding === undefined ? [form] : [form, form.slice(0, -formEnding.length)]
  })
  return [...new Set(hebrewForms)]
}

function longestFirst(list: string): string[] {
  return [...new Set(list.split(' '))].sort((a, b) => b.length - a.length)
}
