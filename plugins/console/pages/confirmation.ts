/** Asks before an action: what it is, what will happen, and the form that does it. */
export interface Confirmation {
  title: string
  /** What will happen, one sentence each. */
  points: string[]
  /** Where the form is posted. */
  action: string
  fields: Array<[name: string, value: string]>
  button: string
  /** Where Cancel leads. */
  back: string
  /** A word that the person types before the action, for what nobody can undo. */
  typedWord?: { label: string; word: string }
}
