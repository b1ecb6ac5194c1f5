const MIN_LENGTH = 8
const MAX_LENGTH = 1024
/** Guesses that a password must withstand. Sign-in allows a few thousand a day. */
const MIN_GUESSES = 1e7
/** The estimator is slow for long texts. Further characters never make a password weaker. */
const MAX_ESTIMATED = 64
/** What is wrong with a password: the catalogues of texts have the words. */
export type PasswordFault = 'short' | 'long' | 'common'

type GuessEstimator = (password: string, about: string[]) => number
let loadedEstimator: Promise<GuessEstimator> | undefined

/**
 * Says why a password is not acceptable; undefined if it is. `about`: the name and email address of
 * the person, because attackers try them first.
 */
export async function findPasswordFault(
  password: string,
  about: string[] = []
): Promise<PasswordFault | undefined> {
  if ([...password].length < MIN_LENGTH) return 'short'
  if (password.length > MAX_LENGTH) return 'long'
  const estimateGuesses = await (loadedEstimator ??= loadEstimator())
  const estimatedPart = password.normalize('NFKC').slice(0, MAX_ESTIMATED)
  return estimateGuesses(estimatedPart, wordsAbout(about)) < MIN_GUESSES ? 'common' : undefined
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
