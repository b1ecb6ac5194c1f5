/** What a tool does to stored data, for clients that ask before risky calls. MCP wants all four. */
export interface Annotations {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: boolean
}

/** Reads stored data only. */
export const readOnly: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}

/** Adds something new with each call. */
export const addsData: Annotations = { ...readOnly, readOnlyHint: false, idempotentHint: false }

/** Adds something; the same call again changes nothing more. */
export const addsOnce: Annotations = { ...readOnly, readOnlyHint: false }

/** Replaces or removes something; the same call again changes nothing more. */
export const replacesData: Annotations = {
  ...readOnly,
  readOnlyHint: false,
  destructiveHint: true
}
