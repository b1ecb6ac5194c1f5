import { type ImportFormat, type ImportItem, shortDigest } from '../item.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError } from '../run.ts'
import { redactSecrets } from '../../../../../lib/secret-patterns.ts'
import { type JsonObject, type JsonPart, readJsonFile, readList, timeOf } from './json-parts.ts'

/**
 * The JSON of claude-mem's export, as github.com/thedotmack/claude-mem had it in August 2026
 * (docs/public/usage/export-import.mdx, scripts/export-memories.ts, src/types/database.ts):
 * { exportedAt, query, observations, sessions, summaries, prompts }. Ids are numbers of one
 * database, so keys are made of the session, the time and the text. Lists (facts, concepts, files)
 * are JSON in a text. Before version 8 memory_session_id was sdk_session_id, and
 * content_session_id was claude_session_id.
 */
export const claudeMemFormat: ImportFormat = {
  name: 'claude-mem',
  title: 'claude-mem',
  takes: 'the JSON file that its scripts/export-memories.ts wrote',
  picks: (path) => /\.json$/i.test(path),
  async *read(files) {
    for (const inputFile of files) yield* readJsonFile(inputFile, readExport)
  }
}

const exportLists = ['observations', 'sessions', 'summaries', 'prompts']

function* readExport(value: unknown, place: string): Generator<ImportItem> {
  if (!isObject(value) || !exportLists.some((list) => Array.isArray(value[list]))) {
    const hint = formatHint(value, 'claude-mem')
    throw new BrokenItemError(`${place} has no observations, summaries or prompts.${hint}`)
  }
  const contentSessions = new Map(
    arrayOrEmpty(value['sessions'])
      .filter(isObject)
      .map((session) => [memorySessionOf(session), contentSessionOf(session)])
  )
  const sessionOf = (row: JsonObject) => {
    const memorySession = memorySessionOf(row)
    return contentSessions.get(memorySession) || memorySession || contentSessionOf(row)
  }
  yield* readList(value['prompts'], place, 'prompt', (part) => promptItems(part, sessionOf))
  yield* readList(value['observations'], place, 'observation', (part) =>
    observationItems(part, sessionOf)
  )
  yield* readList(value['summaries'], place, 'summary', (part) => summaryItems(part, sessionOf))
}

function memorySessionOf(row: JsonObject): string {
  return textOrEmpty(row['memory_session_id']) || textOrEmpty(row['sdk_session_id'])
}

function contentSessionOf(row: JsonObject): string {
  return textOrEmpty(row['content_session_id']) || textOrEmpty(row['claude_session_id'])
}

/** The key: the session, the kind, the time and a digest of the text. Throws BrokenItemError. */
function sharedFields(part: JsonPart, kind: string, text: string, session: string) {
  if (session === '') throw new BrokenItemError(`${part.place} names no session.`)
  const { time, warnings } = timeOf(part, ['created_at_epoch', 'created_at'])
  const stamp = time ? String(time.getTime()) : 'undated'
  return {
    warnings,
    memory: {
      key: `claude-mem/${session}/${kind}/${stamp}-${shortDigest(text).slice(0, 8)}`,
      value: redactSecrets(text),
      session_id: `claude-mem/${session}`,
      occurred_at: time
    }
  }
}

type SessionOf = (row: JsonObject) => string

function* promptItems(part: JsonPart, sessionOf: SessionOf): Generator<ImportItem> {
  const { value } = part
  const text = textOrEmpty(value['prompt_text']).trim()
  if (text === '') {
    yield { left: 'entries without text', count: 1 }
    return
  }
  const { warnings, memory } = sharedFields(part, 'prompt', text, sessionOf(value))
  yield* warnings
  yield {
    memory: {
      ...memory,
      type: 'interaction',
      importance: 0.4,
      speaker: 'user',
      metadata: { project: value['project'] }
    }
  }
}

function* observationItems(part: JsonPart, sessionOf: SessionOf): Generator<ImportItem> {
  const { value } = part
  const facts = jsonList(value['facts']).map((fact) => `- ${fact}`)
  const text = [
    textOrEmpty(value['title']),
    textOrEmpty(value['subtitle']),
    textOrEmpty(value['narrative']) || textOrEmpty(value['text']),
    facts.join('\n')
  ]
    .filter((paragraph) => paragraph.trim() !== '')
    .join('\n\n')
  if (text === '') {
    yield { left: 'entries without text', count: 1 }
    return
  }
  const { warnings, memory } = sharedFields(part, 'observation', text, sessionOf(value))
  yield* warnings
  yield {
    memory: {
      ...memory,
      type: textOrEmpty(value['type']) || 'observation',
      tags: [...jsonList(value['concepts']), textOrEmpty(value['concept'])].filter(Boolean),
      metadata: {
        project: value['project'],
        files_read: jsonList(value['files_read']),
        files_modified: jsonList(value['files_modified'])
      }
    }
  }
}

const summaryParts = [
  ['request', 'Request'],
  ['investigated', 'Investigated'],
  ['learned', 'Learned'],
  ['completed', 'Completed'],
  ['next_steps', 'Next steps'],
  ['notes', 'Notes']
] as const

function* summaryItems(part: JsonPart, sessionOf: SessionOf): Generator<ImportItem> {
  const { value } = part
  const text = summaryParts
    .map(([member, label]) => [label, textOrEmpty(value[member]).trim()])
    .filter(([, paragraph]) => paragraph !== '')
    .map(([label, paragraph]) => `${label}: ${paragraph}`)
    .join('\n\n')
  if (text === '') {
    yield { left: 'entries without text', count: 1 }
    return
  }
  const { warnings, memory } = sharedFields(part, 'summary', text, sessionOf(value))
  yield* warnings
  yield { memory: { ...memory, type: 'summary', metadata: { project: value['project'] } } }
}

/** A list, or a list as JSON text. */
function jsonList(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((entry) => typeof entry === 'string')
  try {
    return jsonList(JSON.parse(textOrEmpty(value) || '[]') ?? [])
  } catch {
    return []
  }
}
