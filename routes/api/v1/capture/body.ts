import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { CapturePart } from '../../../../domain/capture/index.ts'
import { projectName } from '../../../../domain/capture/index.ts'
import {
  readEntries,
  readTranscript,
  transcriptClients
} from '../../../../domain/capture/entries.ts'
import { ApiError } from '../../../../lib/errors.ts'
import { normalizeName } from '../../../../lib/names.ts'

/** Entries of one part: all wait in one transaction. */
const MAX_ENTRIES = 200
/** Bytes of the largest file whose transcript can be sent. */
const MAX_OFFSET = Number.MAX_SAFE_INTEGER

const Name = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const OptionalName = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

const CaptureBody = Type.Object(
  {
    client: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }),
    session_id: Name(200),
    project: OptionalName(255),
    cwd: OptionalName(4096),
    namespace: OptionalName(128),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET })),
    end: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET })),
    entries: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: OptionalName(255),
            role: Name(64),
            text: Type.String(),
            at: OptionalName(64)
          },
          { additionalProperties: false }
        ),
        { maxItems: MAX_ENTRIES }
      )
    ),
    transcript: Type.Optional(Type.String())
  },
  { additionalProperties: false }
)
const bodyCheck = Compile(CaptureBody)

/** The part that a client sends. Throws ApiError 400 that names the field. */
export function readBody(body: unknown): CapturePart {
  if (!bodyCheck.Check(body)) {
    const [fault] = bodyCheck.Errors(body)
    const field = fault?.instancePath.slice(1).replaceAll('/', '.') || 'the body'
    const isUnknown = fault?.message === 'schema is false'
    const problem = isUnknown ? 'is not a field of it' : (fault?.message ?? 'is not valid')
    throw refused(`${field.slice(0, 100)} ${problem}.`)
  }
  const { client, session_id: sessionId, entries, transcript, offset = 0 } = body
  if ((entries === undefined) === (transcript === undefined)) {
    throw refused('Send either entries or transcript.')
  }
  const part =
    entries !== undefined ? readEntries(entries, offset) : readSentTranscript(client, transcript!)
  if (part.entries.length > MAX_ENTRIES) {
    throw refused(`transcript holds more than ${MAX_ENTRIES} messages. Send fewer lines at once.`)
  }
  const end = body.end ?? offset + lengthOf(body)
  if (end < offset) throw refused('end must not be before offset.')
  const namespace = normalizeName(body.namespace ?? '')
  return {
    ...part,
    client,
    session_id: cleanText(sessionId),
    project: cleanText(projectName(body)),
    ...(namespace !== '' && { agent_name: cleanText(namespace) }),
    offset,
    end
  }
}

function readSentTranscript(client: string, transcript: string) {
  if (transcriptClients.includes(client)) return readTranscript(client, transcript)
  throw refused(
    `client must be one of ${transcriptClients.join(', ')} for a transcript. ` +
      'For others send entries.'
  )
}

/** Entries, or bytes of a transcript up to its last line break: the last line may be half. */
function lengthOf({ entries, transcript = '' }: Static<typeof CaptureBody>): number {
  if (entries) return entries.length
  return Buffer.byteLength(transcript.slice(0, transcript.lastIndexOf('\n') + 1))
}

/** Without what the database cannot hold. */
function cleanText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}

function refused(description: string): ApiError {
  return new ApiError(400, 'invalid_request', description)
}
