/** C1 controls, which control terminals, and characters that reorder or hide text. */
const unprintablePattern = /[\x7f-\x9f\p{Cf}\u2028\u2029]/gu

/**
 * Escapes characters in JSON text that control a terminal or are invisible. The JSON keeps its
 * meaning. JSON itself escapes only the controls below U+0020 (RFC 8259 §7).
 */
export function printableJson(json: string): string {
  return json.replace(unprintablePattern, (character) =>
    character.split('').map(escapeUnit).join('')
  )
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
