/** A prompt with its answer, as both forms have it. */
export interface GeminiRecord {
  /** Names of the products, empty if the record has none. */
  products: string[]
  title: string
  url: string
  time: string
  answer: string
  fileCount: number
}
