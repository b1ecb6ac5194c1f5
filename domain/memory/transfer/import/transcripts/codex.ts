import { conversationItems, type ConversationMessage, LeftOutCounts } from '../conversation.ts'
import type { ImportFormat, ImportItem, InputFile } from '../item.ts'
import { isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError, type ImportRun } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { messageTextOf, readUserText } from './codex-message.ts'
import {
  directoryName,
  readTranscriptLines,
  SecretRedaction,
  unfinishedWarning
} from './transcript-lines.ts'

type JsonObject = Record<string, unknown>

/**
 * Transcripts of Codex: ~/.codex/sessions/<year>/<month>/<day>/rollout-<time>-<session>.jsonl, as
 * github.com/openai/codex codex-rs/protocol/src/protocol.rs (RolloutLine) writes them, seen in
 * November 2026. A line has timestamp, type and payload; the types are session_meta,
 * response_item, event_msg, turn_context and compacted. Files of before September 2025 have the
 * meta data and the response items without this envelope. Messages have no ids.
 */
export const codexFormat: ImportFormat = {
  name: 'codex',
  title: 'Codex',
  takes: 'the folder ~/.codex/sessions, a folder in it, or one transcript (rollout-*.jsonl)',
  picks: (path) => /(^|\/)rollout-[^/]*\.jsonl$/i.test(path),
  async *read(files, run) {
    for (const inputFile of files) yield* readRollout(inputFile, run)
  }
}

async function* readRollout(inputFile: InputFile, run: ImportRun): AsyncGenerator<ImportItem> {
  const rollout = new Rollout(inputFile.path)
  try {
    for await (const line of readTranscriptLines(inputFile)) {
      if ('unfinished' in line) yield unfinishedWarning(inputFile.path, line.unfinished)
      else rollout.addLine(line.value, line.number)
    }
    yield* rollout.items(run)
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { broken: error.message }
  }
}

/** A message, and whether the program noted it as typed by the user. */
interface RolloutMessage extends ConversationMessage {
  isTyped: boolean
}

class Rollout {
  readonly #path: string
  readonly #leftOutCounts = new LeftOutCounts()
  readonly #redaction = new SecretRedaction()
  #messages: RolloutMessage[] = []
  #meta: JsonObject | undefined
  #lineCount = 0
  #lastTime = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Throws BrokenItemError for a line of another program. */
  addLine(value: JsonObject, number: number): void {
    this.#lineCount = number
    const { type, payload } = value
    const sentAt = parseForeignTime(value['timestamp'])
    this.#lastTime = Math.max(this.#lastTime, sentAt?.getTime() ?? 0)
    if (isObject(payload)) {
      if (type === 'session_meta') {
        this.#meta ??= payload
      } // a fork repeats the one it came from
      else if (type === 'event_msg') this.#addEvent(payload, number, sentAt)
      else if (type === 'response_item') this.#addItem(payload, number, sentAt)
      return
    }
    if (this.#meta === undefined && isBareMeta(value)) this.#meta = value
    else if (type === 'message') this.#addItem(value, number, sentAt)
    else if (this.#meta === undefined) {
      const hint = formatHint(value, 'codex')
      throw new BrokenItemError(
        `${this.#path}, line ${number} is not the beginning of a transcript of Codex.${hint}`
      )
    } else if (typeof type === 'string') this.#leftOutCounts.add(leftOutKindOf(type))
  }

  #addEvent(event: JsonObject, number: number, at: Date | null): void {
    if (event['type'] === 'user_message') {
      const text = textOrEmpty(event['message'])
      this.#addMessage({ id: String(number), speaker: 'user', text, at, isTyped: true })
    } else if (event['type'] === 'thread_rolled_back') this.#rollBack(event['num_turns'])
  }

  #addItem(item: JsonObject, number: number, at: Date | null): void {
    const { type, role } = item
    if (type !== 'message') {
      this.#leftOutCounts.add(leftOutKindOf(textOrEmpty(type)))
      return
    }
    if (role !== 'user' && role !== 'assistant') {
      this.#leftOutCounts.add('messages of the system')
      return
    }
    const { text, fileCount } = messageTextOf(item['content'])
    this.#leftOutCounts.add('images and other files', fileCount)
    const speaker = role === 'user' ? 'user' : 'Codex'
    this.#addMessage({ id: String(number), speaker, text, at, isTyped: false })
  }

  #addMessage(message: RolloutMessage): void {
    this.#messages.push(message)
  }

  /** Takes back the last turns, each from what the user typed. */
  #rollBack(turnCount: unknown): void {
    for (let turn = 0; turn < Number(turnCount); turn++) {
      const start = this.#messages.findLastIndex(({ isTyped }) => isTyped)
      if (start < 0) return
      const removedMessages = this.#messages.splice(start)
      this.#leftOutCounts.add('messages that were rolled back', removedMessages.length)
    }
  }

  *items(run: ImportRun): Generator<ImportItem> {
    const sessionId = textOrEmpty(this.#meta?.['id'])
    if (sessionId === '') {
      throw new BrokenItemError(`${this.#path} does not say which session it is (session_meta).`)
    }
    const source = this.#meta!['source']
    if (isObject(source) && 'subagent' in source) {
      yield { left: 'sessions of subagents', count: 1 }
      return
    }
    const copy = { place: this.#path, updated: this.#lastTime, messages: this.#lineCount }
    if (!run.takes(`codex ${sessionId}`, copy)) {
      yield { left: 'duplicate conversations', count: 1 }
      return
    }
    const directory = textOrEmpty(this.#meta!['cwd'])
    const git = isObject(this.#meta!['git']) ? this.#meta!['git'] : {}
    yield* conversationItems({
      product: 'codex',
      id: sessionId,
      title: '',
      at: parseForeignTime(this.#meta!['timestamp']),
      messages: this.#readMessages(),
      metadata: { project: directoryName(directory), directory, branch: git['branch'] }
    })
    yield* this.#redaction.items(this.#path)
    yield* this.#leftOutCounts.items()
  }

  /** What was typed stands in events; older transcripts have it only among the response items. */
  #readMessages(): ConversationMessage[] {
    const hasTyped = this.#messages.some(({ isTyped }) => isTyped)
    return this.#messages.flatMap(({ isTyped, ...message }) => {
      if (message.speaker === 'user') {
        if (hasTyped && !isTyped) return []
        const typedText = readUserText(message.text)
        if (typedText === undefined) {
          this.#leftOutCounts.add('hidden messages')
          return []
        }
        return [{ ...message, text: this.#redaction.redact(typedText) }]
      }
      return [{ ...message, text: this.#redaction.redact(message.text.trim()) }]
    })
  }
}

/** The first line of transcripts without envelope. */
function isBareMeta(value: JsonObject): boolean {
  return typeof value['id'] === 'string' && typeof value['timestamp'] === 'string'
}

function leftOutKindOf(type: string): string {
  if (type === 'reasoning') return 'thoughts'
  if (/_output$|_result$/.test(type)) return 'results of tools'
  if (/_call$/.test(type)) return 'tool calls'
  return 'notes of the program'
}
