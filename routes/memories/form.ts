import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GLOBAL_NAMESPACE } from '../../domain/memory/fields.ts'
import { tryParseInstant } from '../../domain/time/instant.ts'
import { type TimeZone, wallTime } from '../../domain/time/zone.ts'
import type { Memory } from '../../db/memory/memories.ts'
import type { MemoryFormFields } from '../../plugins/console/pages/memories.ts'
import type { Parameters } from '../../plugins/form-parameters.ts'
import type { PageNotice } from '../../plugins/notices.ts'

/** Bytes of a form with a value of 1 MiB, in which each character may take nine. */
const MAX_FORM_BYTES = 10 * 1024 * 1024
const MAX_VALUE_LENGTH = 1_048_576
const MAX_TAGS = 64
/** The longest text of each field of one line. */
const lengths = { key: 255, namespace: 128, type: 64, tag: 100 }

/** What a valid form says. */
export interface MemoryFormInput {
  key: string
  value: string
  agent_name: string
  tags: string[]
  type: string
  importance: number
  /** ISO 8601, or undefined for never. */
  expires_at: string | undefined
}

export type FormProblem = NonNullable<PageNotice['problem']>

/** Options of a route that takes a value of 1 MiB: only signed-in people may send so much. */
export function largeForm(app: FastifyInstance): {
  bodyLimit: number
  onRequest: (request: FastifyRequest) => Promise<void>
} {
  return {
    bodyLimit: MAX_FORM_BYTES,
    async onRequest(request) {
      await app.console.requireSession(request)
    }
  }
}

/** A name on one line, without control characters. */
export function cleanName(text: string | undefined): string {
  return (text ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

/** The fields as they were typed. */
export function typedFields(form: Parameters): MemoryFormFields {
  const text = (name: string) => form.get(name) ?? ''
  return {
    key: cleanName(text('key')),
    value: text('value').replace(/\r\n?/g, '\n'), // browsers send \r\n
    tags: text('tags'),
    type: cleanName(text('type')),
    importance: text('importance').trim(),
    namespace: cleanName(text('namespace')),
    expires_at: text('expires_at').trim()
  }
}

/** The fields of a memory as the form shows them. */
export function fieldsOf(memory: Memory, zone: TimeZone): MemoryFormFields {
  return {
    key: memory.key,
    value: memory.value,
    tags: memory.tags.join(', '),
    type: memory.type,
    importance: String(memory.importance),
    namespace: memory.agent_name,
    expires_at: memory.expires_at ? localText(memory.expires_at, zone) : ''
  }
}

/** A time for a field of the type datetime-local. */
function localText(date: Date, zone: TimeZone): string {
  return new Date(wallTime(date, zone)).toISOString().slice(0, 16)
}

/** Reads a form. A problem stands at its field. */
export function readForm(
  { texts: { memories: texts } }: FastifyRequest,
  fields: MemoryFormFields,
  zone: TimeZone
): { input: MemoryFormInput } | { problem: FormProblem } {
  const problem = (field: string, text: string) => ({ problem: { form: 'memory', field, text } })
  const tags = readTags(fields.tags)
  const importance = fields.importance === '' ? 0.5 : Number(fields.importance)
  if (fields.key === '') return problem('key', texts.keyMissing)
  for (const name of ['key', 'namespace', 'type'] as const) {
    if (fields[name].length > lengths[name]) return problem(name, texts.tooLong(lengths[name]))
  }
  if (fields.value.trim() === '') return problem('value', texts.valueMissing)
  if (fields.value.length > MAX_VALUE_LENGTH) {
    return problem('value', texts.tooLong(MAX_VALUE_LENGTH))
  }
  if (tags.length > MAX_TAGS) return problem('tags', texts.tooManyTags(MAX_TAGS))
  if (tags.some((tag) => tag.length > lengths.tag)) {
    return problem('tags', texts.tagTooLong(lengths.tag))
  }
  if (!(importance >= 0 && importance <= 1)) return problem('importance', texts.importanceWrong)
  const expiry = fields.expires_at === '' ? undefined : tryParseInstant(fields.expires_at, zone)
  if (fields.expires_at !== '' && !expiry) return problem('expires_at', texts.expiryWrong)
  if (expiry && expiry.getTime() <= Date.now()) return problem('expires_at', texts.expiryPast)
  return {
    input: {
      key: fields.key,
      value: fields.value,
      agent_name: fields.namespace || GLOBAL_NAMESPACE,
      tags,
      type: fields.type,
      importance,
      expires_at: expiry?.toISOString()
    }
  }
}

/** Tags between commas, also Japanese ones. */
function readTags(text: string): string[] {
  return [...new Set(text.split(/[,、，]/).map(cleanName))].filter((tag) => tag !== '')
}
