import { cutText, shortDigest, storableKey } from '../memory/transfer/import/item.ts'
import { isObject, textOrEmpty } from '../memory/transfer/import/json-values.ts'
import { parseForeignTime } from '../memory/transfer/import/time.ts'
import { readLineMessage } from '../memory/transfer/import/transcripts/claude-code-message.ts'
import { messageTextOf, readUserText } from '../memory/transfer/import/transcripts/codex-message.ts'
import { redactSecrets, REDACTED } from '../../lib/secret-patterns.ts'

/** Characters of one text; the rest is cut. */
const MAX_TEXT_LENGTH = 20_000

/** Something that was said, as it is stored: redacted, cut, with a name that never changes. */
export interface CapturedEntry {
  id: string
  speaker: string
  text: string
  at: Date | null
}

/** An entry as a client sends it. */
export interface SentEntry {
  id?: string
  role: string
  text: string
  at?: string
}

/** What a part of a session holds. `left_out` counts lines without a text of the conversation. */
export interface ReadPart {
  entries: CapturedEntry[]
  left_out: number
  /** Texts that looked like a secret. */
  redacted: number
}

type Message = { id: string; speaker: string; text: string; at: Date | null }
type LineReader = (line: Record<string, unknown>) => Message | undefined

/** The clients whose transcripts can be sent as they are. */
const lineReaders: Record<string, LineReader> = {
  'claude-code': readClaudeLine,
  codex: readCodexLine
}
export const transcriptClients = Object.keys(lineReaders)

/** Reads lines of a transcript. A line that is no JSON counts as left out. */
export function readTranscript(client: string, transcript: string): ReadPart {
  const readLine = lineReaders[client]!
  const lines = transcript.split('\n').filter((line) => line.trim() !== '')
  return toPart(
    lines.map((line) => {
      const value = parseLine(line)
      return value && readLine(value)
    })
  )
}

/** Reads entries. Those without an id are named by their place in the session. */
export function readEntries(sent: readonly SentEntry[], offset: number): ReadPart {
  return toPart(
    sent.map(({ id, role, text, at }, index) => ({
      id: id || String(offset + index),
      speaker: role,
      text,
      at: parseForeignTime(at)
    }))
  )
}

function toPart(messages: Array<Message | undefined>): ReadPart {
  const part: ReadPart = { entries: [], left_out: 0, redacted: 0 }
  for (const message of messages) {
    const text = message?.text.trim() ?? ''
    if (!message || text === '') {
      part.left_out++
      continue
    }
    const redactedText = redactSecrets(text)
    if (redactedText !== text) part.redacted += countOf(redactedText) - countOf(text)
    const entryText = cutText(redactedText, MAX_TEXT_LENGTH)
    // Messages of Codex have no ids; time and text name them.
    const id = message.id || shortDigest(`${message.at?.toISOString()} ${redactedText}`)
    part.entries.push({ ...message, id, text: entryText })
  }
  return part
}

function countOf(text: string): number {
  return text.split(REDACTED).length - 1
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readClaudeLine(line: Record<string, unknown>): Message | undefined {
  const { type, uuid } = line
  if ((type !== 'user' && type !== 'assistant') || typeof uuid !== 'string') return undefined
  const message = readLineMessage(line, () => {})
  if ('left' in message) return undefined
  const speaker = type === 'user' ? 'user' : 'Claude'
  return { id: uuid, speaker, text: message.text, at: parseForeignTime(line['timestamp']) }
}

function readCodexLine({ type, payload, timestamp }: Record<string, unknown>): Message | undefined {
  if (type !== 'response_item' || !isObject(payload) || payload['type'] !== 'message') {
    return undefined
  }
  const { role } = payload
  const { text } = messageTextOf(payload['content'])
  const at = parseForeignTime(timestamp)
  if (role === 'assistant') return { id: '', speaker: 'Codex', text, at }
  const typedText = role === 'user' ? readUserText(text) : undefined
  return typedText === undefined ? undefined : { id: '', speaker: 'user', text: typedText, at }
}

/**
 * The key of a captured entry. The same entry has the same key, however often it comes, and also
 * when the import of Claude Code's transcripts brings it (`conversationItems`).
 */
export function entryKey(client: string, sessionId: string, { id }: CapturedEntry): string {
  return storableKey(`${client}/${sessionId}/${textOrEmpty(id)}`)
}
