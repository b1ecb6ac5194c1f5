/** Limits for JSON from outside, checked before parsing. The largest tool call stays far below. */
const MAX_MEMBERS = 5000
const MAX_ITEMS = 20_000
const MAX_VALUES = 150_000
/** For a whole request: `tool.ts` allows 32 levels of arguments, and JSON-RPC adds a few. */
const MAX_DEPTH = 40

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d]

/** The JSON has too many values or levels. Fastify reads `statusCode` and `code`. */
export class JsonLimitError extends Error {
  override name = 'JsonLimitError'
  readonly statusCode = 413
  readonly code = 'FST_ERR_CTP_JSON_LIMITS'
}

/**
 * Counts the values and levels of JSON in UTF-8, in one pass over its bytes. Does not validate the
 * JSON. A megabyte takes a few milliseconds. Throws JsonLimitError.
 */
export function refuseLargeJson(json: Uint8Array): void {
  const separatorCounts = new Int32Array(MAX_DEPTH + 1)
  const separatorLimits = new Int32Array(MAX_DEPTH + 1).fill(MAX_VALUES)
  let nestingDepth = 0
  let valueCount = 0
  for (let at = 0; at < json.length; at++) {
    const currentByte = json[at]
    if (currentByte === QUOTE) {
      at = endOfString(json, at)
    } else if (currentByte === COMMA) {
      if (++separatorCounts[nestingDepth]! >= separatorLimits[nestingDepth]!) {
        refuseWide(separatorLimits[nestingDepth]!)
      }
      valueCount++
    } else if (currentByte === OPEN_OBJECT || currentByte === OPEN_ARRAY) {
      if (++nestingDepth > MAX_DEPTH) {
        throw new JsonLimitError(
          `The JSON is nested more than ${MAX_DEPTH} levels deep. Flatten it, or send the ` +
            'inner part as text.'
        )
      }
      separatorCounts[nestingDepth] = 0
      separatorLimits[nestingDepth] = currentByte === OPEN_OBJECT ? MAX_MEMBERS : MAX_ITEMS
      valueCount++
    } else if ((currentByte === CLOSE_OBJECT || currentByte === CLOSE_ARRAY) && nestingDepth > 0) {
      nestingDepth--
    }
    if (valueCount > MAX_VALUES) {
      throw new JsonLimitError(
        `The JSON has more than ${MAX_VALUES} values. Send it in several requests.`
      )
    }
  }
}

/** The index of the closing quote of a string. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}

function refuseWide(limit: number): never {
  const subject =
    limit === MAX_MEMBERS
      ? `An object of the JSON has more than ${limit} members`
      : `A list of the JSON has more than ${limit} items`
  throw new JsonLimitError(`${subject}. Send it in several requests, or as text.`)
}
