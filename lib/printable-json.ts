/** C1 controls, which steer terminals, and what turns text around or hides it. */
const unprintablePattern = /[\x7f-\x9f\p{Cf}\u2028\u2029]/gu

/**
 * JSON text that means the same, with every character escaped that a terminal obeys or does not
 * show. JSON itself escapes no more than the controls below U+0020 (RFC 8259 §7).
 */
export function printableJson(json: string): string {
  return json.replace(unprintablePattern, (character) =>
    character.split('').map(escapeUnit).join('')
  )
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
