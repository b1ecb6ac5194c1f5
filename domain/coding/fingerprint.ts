/** Characters of a message that tell errors apart. */
const LENGTH = 300
/** Lines of a question that are looked at, from its beginning and from its end. */
const FIRST_LINES = 60
const LAST_LINES = 20

/** Lines that stand around a message: frames, carets, headings. */
const surroundings =
  /^\s*(at\s|File "|\^|~|\||-->|\d+\s*\||#\d+\s|\d+:\s+0x|goroutine \d|note:|help:|stack backtrace|Traceback |During handling|thread '.*' panicked at [^\n]*:$|Caused by:?$|exit status)/

/** What stands before a message and is no part of it. */
const before = [
  /^\[?(?:error|fatal|warn(?:ing)?|panic|severe|critical)\]?\s*(?:\(<n>\)\s*)?[:|-]\s*/i,
  /^npm err(?:!|or)\s*/i,
  /^e (?=[\w.]*error\b)/i, // pytest
  /^uncaught(?: \(in promise\))?:?\s*/i,
  /^unhandled(?: promise)? ?(?:rejection|exception|error)[^:]{0,40}:\s*/i,
  /^exception in thread '[^']*'\s*/i,
  /^runtime error:\s*/i,
  /^thread '[^']*' panicked at (?:<path>: *)?/i,
  /^caused by:\s*/i,
  /^<path>\s*[-:,]\s*/,
  /^\[?<time>\]?\s*/,
  /^error(?:\s?\[\w+\]| \w{1,4}\d{2,6})?:\s*/i, // error[E0382]:, error TS2322: and Error [ERR_MODULE_NOT_FOUND]:
  /^err_\w+:\s*/i,
  /^(?:[a-z_$][\w$]*[.:]{1,2})*[a-z_$][\w$]*(?:error|exception|warning|panic|fault|failure|throwable)(?:\s*\[\w+\])?(?:\s*:\s*|$)/i
]

/**
 * What differs from one occurrence of an error to the next, and what is put there; in this order.
 */
const differences: Array<[RegExp, string]> = [
  [/\p{Cc}(?:\[[\d;]*[A-Za-z])?/gu, ' '], // colours of a terminal, and tabs
  [/[‘’“”"`]/g, "'"],
  [/\b(?:https?|wss?|postgres(?:ql)?|redis|amqp|mongodb(?:\+srv)?):\/\/[^\s'<>)\]]+/gi, '<url>'],
  [/'(?:file:\/\/|~?\/|\.{1,2}\/|[a-z]:\\)[^']*'/gi, "'<path>'"],
  [/(?:file:\/\/|(?<![\w.<@/])~?\.{0,2}\/|\b[a-z]:\\)[\w.@+~-][^\s'()<>:,;]*/gi, '<path>'],
  [/(?:[\w.@+-]+[/\\])+[\w.@+-]+\.[a-z]\w{0,5}/gi, '<path>'],
  [/\b[\w-]+\.[a-z]{1,5}(?=:\d+|\(\d+,\d+\))/gi, '<path>'],
  [/<path>(?::\d+(?::\d+)?|\(\d+(?:,\d+)?\)|,? line \d+)/gi, '<path>'],
  [/\(?\bat <path>\)?/gi, ''],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>'],
  [
    /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/gi,
    '<time>'
  ],
  [
    /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[?(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\]?(?::\d+)?|\blocalhost:\d+\b/gi,
    '<address>'
  ],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, '<hex>']
]

/**
 * Codes that say which error it is. They become one word each, which nothing below replaces: CVE-2024-1111 and
 * ORA-00942 by their form, GHSA ids, and HRESULT or NTSTATUS values by their first digit or the word before them.
 */
const codes: Array<[RegExp, (code: string) => string]> = [
  [/\b(?:GHSA(?:-[0-9a-z]{4}){3}|[A-Z][A-Z0-9]{1,15}(?:-\d{2,4})?-\d{2,9}[A-Z]?)\b/g, asWord],
  [/(?<!(?:\bat|address|pointer|addr|ptr)[\s:=(]{0,3})\b0x[8c][0-9a-f]{7}\b/gi, asWord],
  [
    /(?<=\b(?:hresult|ntstatus|hr|status|code|error|errno|result|exception|stop|bugcheck)\b[\s:=#('[]{1,4})0x[0-9a-f]+\b/gi,
    asWord
  ]
]

function asWord(code: string): string {
  return `code_${code.replaceAll('-', '_')}`
}

/** Numbers say which error it is after these words only. */
const telling = new RegExp(
  '(?:(?:status|code|http(?:/[\\d.]+)?|errno|exit(?:ed)?(?: with)?|signal|sqlstate|sqlcode|version)(?: code)?' +
    '|\\b(?:os|win|win32|windows|system|socket|mysql|mariadb|sql|db|native|vendor|ssl|curl|ldap|smtp) ?error' +
    "|^error(?= ))[\\s:=#('\\][-]*$",
  'i'
)
const number =
  /(?<![\p{L}\p{N}_<.])\d[\d.,_]*(?:\s?(?:ns|us|µs|ms|sec(?:ond)?s?|s|minutes?|min|hours?|h|[kmg]i?b|bytes?|%))?(?![\p{L}\p{N}_])/gu

/**
 * A message without line numbers, paths, addresses, times and counts, and without the type before it: the same for the same error in another place.
 * Of a text of several lines the one that tells, which a traceback of Python has last.
 */
export function fingerprint(message: string): string {
  return normalised(tellingLine(message))
}

/** The fingerprints of whatever messages a text may contain, such as a stack trace or the end of a log; each once. */
export function fingerprintsIn(text: string): string[] {
  return [...new Set([fingerprint(text), ...messagesIn(text).map(normalised)])].filter((found) =>
    /\p{L}{2}/u.test(found)
  )
}

/** The lines of a text that may be messages: not those of a stack. Of a long text those at its beginning and end. */
export function messagesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const looked =
    lines.length <= FIRST_LINES + LAST_LINES
      ? lines
      : [...lines.slice(0, FIRST_LINES), ...lines.slice(-LAST_LINES)]
  return looked.filter((line) => !surroundings.test(line))
}

function tellingLine(message: string): string {
  const lines = message
    .slice(0, 50_000)
    .split('\n')
    .filter((line) => line.trim() !== '')
  const telling = lines.filter((line) => !surroundings.test(line))
  if (lines.some((line) => /^\s*Traceback \(most recent call last\)/.test(line))) {
    return telling.findLast((line) => /^\S/.test(line)) ?? message
  }
  return (
    telling.find((line) => !/(?:error|exception):\s*$/i.test(line)) ?? telling[0] ?? lines[0] ?? ''
  )
}

function normalised(line: string): string {
  let text = line.slice(0, 4 * LENGTH)
  for (const [pattern, word] of codes) text = text.replace(pattern, word)
  for (const [pattern, instead] of differences) text = text.replace(pattern, instead)
  text = text
    .replace(number, (found, at: number) =>
      telling.test(text.slice(Math.max(0, at - 40), at)) ? found : '<n>'
    )
    .replace(/\s+/g, ' ')
    .trim()
  const whole = text
  for (let length = -1; length !== text.length;) {
    length = text.length
    for (const prefix of before) text = text.replace(prefix, '')
  }
  return (/\p{L}{2}/u.test(text) ? text : whole)
    .toLowerCase()
    .replace(/(?<![\s.:;,!])[\s.:;,!]+$/, '')
    .slice(0, LENGTH)
    .replace(/\p{Surrogate}/gu, '')
}
