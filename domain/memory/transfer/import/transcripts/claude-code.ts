import { conversationItems, type ConversationMessage, LeftOutCounts } from '../conversation.ts'
import { gapWarning } from '../conversation.ts'
import type { ImportFormat, ImportItem, InputFile } from '../item.ts'
import { textOrEmpty } from '../json-values.ts'
import { findMessageLine, type TreeNode } from '../message-tree.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError, type ImportRun } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { readLineMessage } from './claude-code-message.ts'
import {
  directoryName,
  readTranscriptLines,
  SecretRedaction,
  unfinishedWarning
} from './transcript-lines.ts'

/**
 * Transcripts of Claude Code: ~/.claude/projects/<directory>/<session>.jsonl. Anthropic does not
 * document them. This follows, as of Claude Code 2.1 (November 2026), what published readers agree
 * on: github.com/microsoft/amplifier ai_working/claude_code_logging/session_format_specification.md
 * and github.com/DRMacIver/claude-reliability notes/transcript-format.md.
 * A line has type, uuid, parentUuid, sessionId, timestamp, cwd, gitBranch, isSidechain and message.
 * An edited prompt begins another branch. A compacted conversation goes on under a new root with
 * logicalParentUuid. A resumed session repeats earlier lines, with or without their sessionId.
 */
export const claudeCodeFormat: ImportFormat = {
  name: 'claude-code',
  title: 'Claude Code',
  takes: 'the folder ~/.claude/projects, a folder in it, or one transcript (*.jsonl)',
  picks: (path) => /\.jsonl$/i.test(path) && !/(^|\/)history\.jsonl$/i.test(path),
  async *read(files, run) {
    for (const inputFile of files) yield* readTranscript(inputFile, run)
  }
}

interface TranscriptMessage {
  sessionId: string
  speaker: string
  text: string
  at: Date | null
}
interface TranscriptNode extends TreeNode {
  message?: TranscriptMessage
}

async function* readTranscript(inputFile: InputFile, run: ImportRun): AsyncGenerator<ImportItem> {
  const transcript = new Transcript(inputFile.path)
  try {
    for await (const line of readTranscriptLines(inputFile)) {
      if ('unfinished' in line) yield unfinishedWarning(inputFile.path, line.unfinished)
      else transcript.addLine(line.value, line.number)
    }
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { broken: error.message }
    return
  }
  yield* transcript.items(run)
}

class Transcript {
  readonly #path: string
  readonly #nodes = new Map<string, TranscriptNode>()
  readonly #leftOutCounts = new LeftOutCounts()
  readonly #redaction = new SecretRedaction()
  readonly #titles: Partial<Record<'custom' | 'generated' | 'summary', string>> = {}
  /** The last message of the conversation, its session, and the directory where it began. */
  #lastId: string | undefined
  #sessionId = ''
  #directory = ''
  #branch = ''
  #lastTime = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Throws BrokenItemError for a line of another program. */
  addLine(value: Record<string, unknown>, number: number): void {
    const { type } = value
    if (typeof type !== 'string') {
      const hint = formatHint(value, 'claude-code')
      throw new BrokenItemError(
        `${this.#path}, line ${number} is not a line of a transcript: it has no type.${hint}`
      )
    }
    if (type === 'summary') this.#titles.summary = textOrEmpty(value['summary'])
    if (type === 'custom-title') this.#titles.custom = textOrEmpty(value['customTitle'])
    if (type === 'ai-title') this.#titles.generated = textOrEmpty(value['aiTitle'])
    const uuid = textOrEmpty(value['uuid'])
    if (uuid === '') {
      if (type !== 'user' && type !== 'assistant') return
      throw new BrokenItemError(`${this.#path}, line ${number} is a message without a uuid.`)
    }
    this.#addNode(uuid, value)
  }

  #addNode(uuid: string, value: Record<string, unknown>): void {
    const { type } = value
    const sentAt = parseForeignTime(value['timestamp'])
    const message = type === 'user' || type === 'assistant' ? this.#readMessage(value, sentAt) : ''
    const isSidechain = value['isSidechain'] === true
    if (!isSidechain) this.#follow(uuid, value, sentAt)
    if (isSidechain && typeof message === 'string') return
    this.#nodes.set(uuid, {
      parent: textOrEmpty(value['parentUuid']) || textOrEmpty(value['logicalParentUuid']) || null,
      at: sentAt?.getTime() ?? 0,
      isEmpty: typeof message === 'string',
      ...(typeof message === 'object' && { message })
    })
  }

  /** The message; an empty text for what is left out. */
  #readMessage(value: Record<string, unknown>, at: Date | null): TranscriptMessage | '' {
    const readMessage = readLineMessage(value, (kind) => this.#leftOutCounts.add(kind))
    if ('left' in readMessage) {
      this.#leftOutCounts.add(readMessage.left)
      return ''
    }
    if (readMessage.text.trim() === '') return ''
    return {
      sessionId: textOrEmpty(value['sessionId']),
      speaker: value['type'] === 'user' ? 'user' : 'Claude',
      text: this.#redaction.redact(readMessage.text.trim()),
      at
    }
  }

  #follow(uuid: string, value: Record<string, unknown>, sentAt: Date | null): void {
    this.#lastId = uuid
    this.#sessionId = textOrEmpty(value['sessionId']) || this.#sessionId
    this.#directory ||= textOrEmpty(value['cwd'])
    this.#branch ||= textOrEmpty(value['gitBranch'])
    this.#lastTime = Math.max(this.#lastTime, sentAt?.getTime() ?? 0)
  }

  *items(run: ImportRun): Generator<ImportItem> {
    const messageLine = findMessageLine(this.#nodes, this.#lastId)
    if (messageLine.pieces > 1) yield gapWarning(this.#path, messageLine.pieces)
    const lineIds = new Set(messageLine.ids)
    for (const [uuid, { message }] of this.#nodes) {
      if (message && !lineIds.has(uuid)) this.#leftOutCounts.add('messages of other branches')
    }
    const messagesBySession = new Map<string, ConversationMessage[]>()
    for (const uuid of messageLine.ids) {
      const message = this.#nodes.get(uuid)?.message
      if (!message) continue
      // Of a message in several transcripts, the one that ended first is the original.
      const copy = { place: this.#path, updated: -this.#lastTime, messages: 0 }
      if (!run.takes(`claude-code ${uuid}`, copy)) {
        this.#leftOutCounts.add('messages that an earlier transcript holds')
        continue
      }
      const sessionId = message.sessionId || this.#sessionId || directoryName(this.#path)
      const sessionMessages = messagesBySession.get(sessionId) ?? []
      messagesBySession.set(sessionId, sessionMessages)
      sessionMessages.push({ id: uuid, ...message })
    }
    for (const [sessionId, messages] of messagesBySession) {
      yield* this.#sessionItems(sessionId, messages)
    }
    yield* this.#redaction.items(this.#path)
    yield* this.#leftOutCounts.items()
  }

  #sessionItems(sessionId: string, messages: ConversationMessage[]): Generator<ImportItem> {
    const { custom, generated, summary } = this.#titles
    const isMain = sessionId === this.#sessionId || this.#sessionId === ''
    return conversationItems({
      product: 'claude-code',
      id: sessionId,
      title: isMain ? this.#redaction.redact(custom || generated || summary || '') : '',
      at: messages[0]?.at ?? null,
      messages,
      metadata: {
        project: directoryName(this.#directory),
        directory: this.#directory,
        branch: this.#branch
      }
    })
  }
}
