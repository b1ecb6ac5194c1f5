/** Stands in place of a secret. */
export const REDACTED = '[redacted]'

/**
 * What secrets look like in any text. No pattern may look far back from each position, because a
 * call can bring thousands of texts.
 */
const secretPatterns = [
  new RegExp(
    String.raw`-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?` +
      String.raw`(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)`,
    'g'
  ),
  /\b(?:kg[a-z]_|kagura_)[\w-]{16,}/g, // tokens and keys of this service
  /\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj-|ant-)?[\w-]{16,}/g,
  new RegExp(
    String.raw`\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|` +
      String.raw`\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|` +
      String.raw`\bnpm_\w{30,}|\bhf_\w{20,}|\bya29\.[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|` +
      String.raw`\bglsa_\w{20,}|\bdop_v1_\w{20,}|\bxapp-[\w-]{20,}|\bpypi-[\w-]{30,}|` +
      String.raw`\bhooks\.slack\.com\/services\/[\w/]{20,}`,
    'g'
  ),
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, // JWT
  /\b(?:bearer|basic)\s+[\w.~+/=-]{12,}/gi,
  // Names of settings that end in what they hold, as AWS_SECRET_ACCESS_KEY=...
  new RegExp(
    String.raw`(?<=(?:[_-](?:secret|token|password|passwd|pwd)|` +
      String.raw`(?:secret|access|api|private|signing|encryption|account)_?key)["']?\s{0,9}[:=]` +
      String.raw`\s{0,9}["']?)[^\s"',;]{8,}`,
    'gi'
  ),
  /(?<=\b(?:set-)?cookie:\s{0,9})\S[^\r\n]{7,}/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, // the password in a URL
  new RegExp(
    String.raw`(?<=\b(?:pass(?:word|wd|phrase|code)?|secret|token|` +
      String.raw`(?:api|access|private)[ _-]?key|pin)["']?\s{0,9}(?:is|was|[:=])\s{0,9}["']?)` +
      String.raw`[^\s"',;]{3,}`,
    'gi'
  )
]

/**
 * The text with `[redacted]` in place of what looks like a token, a key, a password or a private
 * key. It cuts nothing, and takes time in
 * proportion to the text.
 */
export function redactSecrets(text: string): string {
  return secretPatterns.reduce(
    (searchedText, secretPattern) => searchedText.replace(secretPattern, REDACTED),
    text
  )
}
