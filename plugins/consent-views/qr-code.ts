import { toString } from 'qrcode'

/** The text as a QR code: an SVG element in black on white, which phones read in dark mode, too. */
export function qrCode(text: string): Promise<string> {
  return toString(text, { type: 'svg', margin: 2 })
}
