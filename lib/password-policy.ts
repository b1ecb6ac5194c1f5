const MIN_LENGTH = 8
const MAX_LENGTH = 1024
/** Guesses that a password must withstand. Sign-in allows a few thousand a day. */
const MIN_GUESSES = 1e7
/** The estimator is slow for long texts. Further characters never make a password weaker. */
const MAX_ESTIMATED = 64
const TOO_COMMON =
  'This password is too common, or too easy to guess from your name or email address.' +
  ' Use a longer phrase, such as four random words.'

type GuessEstimator = (password: string, about: string[]) => number
let loadedEstimator: Promise<GuessEstimator> | undefined

/**
 * Explains to a person why a password is not acceptable; undefined if it is. `about`: the name and
 * email address of the person, because attackers try them first.
 */
export async function findPasswordFault(
  password: string,
  about: string[] = []
): Promise<string | undefined> {
  if ([...password].length < MIN_LENGTH) return 'The password needs at least 8 characters.'
  if (password.length > MAX_LENGTH) return 'The password may have up to 1024 characters.'
  const estimateGuesses = await (loadedEstimator ??= loadEstimator())
  const estimatedPart = password.normalize('NFKC').slice(0, MAX_ESTIMATED)
  return estimateGuesses(estimatedPart, wordsAbout(about)) < MIN_GUESSES ? TOO_COMMON : undefined
}

/** Loads the dictionaries on first use, because they take 16 MB. */
async function loadEstimator(): Promise<GuessEstimator> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common')
  ])
  const zxcvbnChecker = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  return (password, about) => zxcvbnChecker.check(password, about).guesses
}

function wordsAbout(texts: string[]): string[] {
  const relatedWords = texts.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
  return [
    ...new Set([...relatedWords, 'kagura', 'memory'].filter((word) => word.length > 2))
  ].slice(0, 50)
}
