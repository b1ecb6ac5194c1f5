/** For JSON from outside, before anything walks through it. Our largest call stays well below. */
const MAX_MEMBERS = 5000
const MAX_ITEMS = 20_000
const MAX_VALUES = 150_000
/** Of a whole request: `tool.ts` allows 32 levels of arguments, and JSON-RPC adds some around. */
const MAX_DEPTH = 40

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d]

/**
 * JSON with more values or levels than is taken. `statusCode` and `code` are for the web server.
 */
export class JsonLimitError extends Error {
  override name = 'JsonLimitError'
  readonly statusCode = 413
  readonly code = 'FST_ERR_CTP_JSON_LIMITS'
}

/**
 * Counts values and levels of JSON in UTF-8, in one pass over its bytes, without judging whether it
 * is valid. Throws JsonLimitError. A megabyte of text costs a few milliseconds.
 */
export function refuseLargeJson(json: Uint8Array): void {
  const separators = new Int32Array(MAX_DEPTH + 1)
  const limits = new Int32Array(MAX_DEPTH + 1).fill(MAX_VALUES)
  let depth = 0
  let values = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) {
      at = endOfString(json, at)
    } else if (byte === COMMA) {
      if (++separators[depth]! >= limits[depth]!) refuseWide(limits[depth]!)
      values++
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > MAX_DEPTH) {
        throw new JsonLimitError(
          `The JSON is nested more than ${MAX_DEPTH} levels deep. Flatten it, or send the inner part as text.`
        )
      }
      separators[depth] = 0
      limits[depth] = byte === OPEN_OBJECT ? MAX_MEMBERS : MAX_ITEMS
      values++
    } else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && depth > 0) {
      depth--
    }
    if (values > MAX_VALUES) {
      throw new JsonLimitError(
        `The JSON has more than ${MAX_VALUES} values. Send it in several requests.`
      )
    }
  }
}

/** Where the closing quote of a string is. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}

function refuseWide(limit: number): never {
  const what =
    limit === MAX_MEMBERS
      ? `An object of the JSON has more than ${limit} members`
      : `A list of the JSON has more than ${limit} items`
  throw new JsonLimitError(`${what}. Send it in several requests, or as text.`)
}
