/** Where a page may name its character set: in its first kilobyte (HTML §4.2.5.4). */
const PRESCAN_BYTES = 1024

/**
 * The text of a page, whatever it is written in. A byte order mark decides; then UTF-8 when the bytes are valid as such, for what is stated is often
 * wrong and text in another character set is hardly ever valid UTF-8; then what the header and the page state; windows-1252 in the end.
 */
export function decodeText (body: Buffer, stated: string | undefined): string {
  for (const label of [markOf(body), isUtf8(body) ? 'utf-8' : undefined, stated, metaOf(body)]) {
    const text = label === undefined ? undefined : decoded(body, label)
    if (text !== undefined) return text
  }
  return decoded(body, 'utf-8') ?? new TextDecoder('windows-1252').decode(body)
}

function markOf (body: Buffer): string | undefined {
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be'
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le'
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 'utf-8' : undefined
}

/** Plain ASCII says nothing: ISO-2022-JP and others are written with the same bytes. */
function isUtf8 (body: Buffer): boolean {
  return body.some((byte) => byte > 0x7f) && decoded(body, 'utf-8') !== undefined
}

function metaOf (body: Buffer): string | undefined {
  return /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{2,40})/i.exec(body.toString('latin1', 0, PRESCAN_BYTES))?.[1]
}

/** undefined when the bytes are not that, or nobody knows the label. */
function decoded (body: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}
