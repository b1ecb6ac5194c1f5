/** Characters of a fingerprint. */
const FINGERPRINT_LENGTH = 300
/** Characters of a line that are read: a fingerprint is shorter than its line. */
const MAX_LINE_LENGTH = 4 * FINGERPRINT_LENGTH
const MAX_MESSAGE_LENGTH = 50_000
/** Lines of a query that are read, from its beginning and from its end. */
const FIRST_LINES = 60
const LAST_LINES = 20

/** Lines around a message: stack frames, carets, headings. */
const stackLine = anyOf(
  '',
  /^\s*(?:at\s|File "|\^|~|\||-->|\d+\s*\||#\d+\s|\d+:\s+0x|goroutine \d|note:|help:)/,
  /^\s*(?:stack backtrace|Traceback |During handling|thread '.*' panicked at [^\n]*:$)/,
  /^\s*(?:Caused by:?$|exit status)/
)

/** Prefixes that are not part of a message. */
const messagePrefixes = [
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
  // error[E0382]:, error TS2322: and Error [ERR_MODULE_NOT_FOUND]:
  /^error(?:\s?\[\w+\]| \w{1,4}\d{2,6})?:\s*/i,
  /^err_\w+:\s*/i,
  errorTypePrefix('error|exception|warning|panic|fault|failure|throwable')
]

/**
 * Parts of a message that differ between occurrences of one error, and their placeholders. The
 * order matters: a later pattern finds the placeholders of earlier ones.
 */
const variableParts: Array<[RegExp, string]> = [
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
    anyOf(
      'gi',
      /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/,
      /\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/
    ),
    '<time>'
  ],
  [
    anyOf(
      'gi',
      /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/,
      /\[?(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\]?(?::\d+)?/,
      /\blocalhost:\d+\b/
    ),
    '<address>'
  ],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, '<hex>']
]

/**
 * Codes that identify an error, which become one word each so that no later pattern replaces them:
 * CVE-2024-1111 and ORA-00942 by their form, GHSA ids, and HRESULT or NTSTATUS values by their
 * first digit or the word before them.
 */
const errorCodes: RegExp[] = [
  /\b(?:GHSA(?:-[0-9a-z]{4}){3}|[A-Z][A-Z0-9]{1,15}(?:-\d{2,4})?-\d{2,9}[A-Z]?)\b/g,
  /(?<!(?:\bat|address|pointer|addr|ptr)[\s:=(]{0,3})\b0x[8c][0-9a-f]{7}\b/gi,
  hexAfter('hresult|ntstatus|hr|status|code|error|errno|result|exception|stop|bugcheck')
]

/** The text before a number that identifies an error; other numbers are counts or times. */
const codeIntroduction = new RegExp(
  '(?:(?:status|code|http(?:/[\\d.]+)?|errno|exit(?:ed)?(?: with)?|signal|sqlstate|sqlcode' +
    '|version)(?: code)?|\\b(?:os|win|win32|windows|system|socket|mysql|mariadb|sql|db|native' +
    "|vendor|ssl|curl|ldap|smtp) ?error|^error(?= ))[\\s:=#('\\][-]*$",
  'i'
)
/** Characters before a number that may introduce it. */
const INTRODUCTION_LENGTH = 40

const numberWithUnit = new RegExp(
  '(?<![\\p{L}\\p{N}_<.])\\d[\\d.,_]*' +
    '(?:\\s?(?:ns|us|µs|ms|sec(?:ond)?s?|s|minutes?|min|hours?|h|[kmg]i?b|bytes?|%))?' +
    '(?![\\p{L}\\p{N}_])',
  'gu'
)

/**
 * The message without what differs between its occurrences: its type, line numbers, paths,
 * addresses, times and counts. The same error has the same fingerprint in another place. Of several
 * lines it takes the one with the message, which is the last one in a traceback of Python.
 */
export function fingerprintOf(message: string): string {
  return normalizeLine(messageLine(message))
}

/** The fingerprints of all messages that a text may contain, such as a log; each once. */
export function fingerprintsIn(text: string): string[] {
  const allFingerprints = [fingerprintOf(text), ...messagesIn(text).map(normalizeLine)]
  return [...new Set(allFingerprints)].filter(hasWord)
}

/**
 * The lines of a text that may be messages, without those of a stack. A long text is read at its
 * beginning and its end only.
 */
export function messagesIn(text: string): string[] {
  const lines = linesIn(text)
  const isShort = lines.length <= FIRST_LINES + LAST_LINES
  const readLines = isShort ? lines : [...lines.slice(0, FIRST_LINES), ...lines.slice(-LAST_LINES)]
  return readLines.filter(isMessage)
}

function messageLine(text: string): string {
  const lines = linesIn(text.slice(0, MAX_MESSAGE_LENGTH))
  const messageLines = lines.filter(isMessage)
  if (lines.some((line) => /^\s*Traceback \(most recent call last\)/.test(line))) {
    return messageLines.findLast((line) => /^\S/.test(line)) ?? text
  }
  const hasText = (line: string) => !/(?:error|exception):\s*$/i.test(line)
  return messageLines.find(hasText) ?? messageLines[0] ?? lines[0] ?? ''
}

function linesIn(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function isMessage(line: string): boolean {
  return !stackLine.test(line)
}

function hasWord(text: string): boolean {
  return /\p{L}{2}/u.test(text)
}

function normalizeLine(line: string): string {
  const generalLine = replaceNumbers(replaceVariableParts(line.slice(0, MAX_LINE_LENGTH)))
    .replace(/\s+/g, ' ')
    .trim()
  const bareMessage = stripPrefixes(generalLine)
  return (hasWord(bareMessage) ? bareMessage : generalLine)
    .toLowerCase()
    .replace(/(?<![\s.:;,!])[\s.:;,!]+$/, '')
    .slice(0, FINGERPRINT_LENGTH)
    .replace(/\p{Surrogate}/gu, '')
}

function replaceVariableParts(line: string): string {
  const asWord = (code: string) => `code_${code.replaceAll('-', '_')}`
  const withCodeWords = errorCodes.reduce((text, pattern) => text.replace(pattern, asWord), line)
  return variableParts.reduce(
    (text, [pattern, placeholder]) => text.replace(pattern, placeholder),
    withCodeWords
  )
}

function replaceNumbers(text: string): string {
  return text.replace(numberWithUnit, (number, offset: number) => {
    const introductionText = text.slice(Math.max(0, offset - INTRODUCTION_LENGTH), offset)
    return codeIntroduction.test(introductionText) ? number : '<n>'
  })
}

/** Removes prefixes until none is left: `Error: npm ERR! fatal:` has several. */
function stripPrefixes(text: string): string {
  const strippedText = messagePrefixes.reduce((rest, prefix) => rest.replace(prefix, ''), text)
  return strippedText.length === text.length ? text : stripPrefixes(strippedText)
}

/** One pattern for all of these. */
function anyOf(flags: string, ...patterns: RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), flags)
}

/** The name of an error type at the beginning of a line, such as `pkg.TypeError [CODE]:`. */
function errorTypePrefix(endings: string): RegExp {
  const typeName = '^(?:[a-z_$][\\w$]*[.:]{1,2})*[a-z_$][\\w$]*'
  return new RegExp(`${typeName}(?:${endings})(?:\\s*\\[\\w+\\])?(?:\\s*:\\s*|$)`, 'i')
}

/** A hexadecimal number after one of the words. */
function hexAfter(words: string): RegExp {
  return new RegExp(`(?<=\\b(?:${words})\\b[\\s:=#('[]{1,4})0x[0-9a-f]+\\b`, 'gi')
}
