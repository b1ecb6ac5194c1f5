// Hands over what was said since the last time, if the person turned capture on for this app.
// The server knows how far it is, so nothing is kept here and nothing is sent twice.
import { open } from 'node:fs/promises'
import { projectOf, request, run } from './connection.mjs'

const MAX_PART_BYTES = 200_000
const MAX_PART_LINES = 100
const MAX_PARTS = 200
const CHUNK_BYTES = 1024 * 1024
const NEWLINE = 10
const client = process.argv[2] ?? 'claude-code'

await run(async (event) => {
  const session = {
    client,
    session_id: String(event.session_id ?? ''),
    project: projectOf(event)
  }
  if (session.session_id === '') return
  const answer = await request(`capture?${new URLSearchParams(session)}`)
  const state = await answer.json()
  if (!answer.ok || !state.enabled) return
  if (client === 'gemini-cli') return sendTurn(session, event)
  let parts = 0
  for await (const part of readParts(event.transcript_path, state.next_offset)) {
    await send({ ...session, ...part })
    if (++parts === MAX_PARTS) return
  }
})

async function send(part) {
  const answer = await request('capture', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(part)
  })
  if (!answer.ok) throw new Error(`Capture failed: ${answer.status} ${await answer.text()}`)
}

/** A prompt of Gemini CLI and its answer. It puts what hooks injected before the prompt. */
async function sendTurn(session, { prompt, prompt_response: response, timestamp }) {
  const promptText = String(prompt ?? '').replace(
    /^(\s*<hook_context>[\s\S]*?<\/hook_context>)+\s*/,
    ''
  )
  const texts = { user: promptText, Gemini: response }
  const entries = Object.entries(texts)
    .filter(([, text]) => typeof text === 'string' && text !== '')
    .map(([role, text]) => ({ id: `${timestamp} ${role}`, role, text, at: timestamp }))
  if (entries.length > 0) await send({ ...session, entries })
}

/** The transcript from an offset on, in parts that end at line breaks. */
async function* readParts(path, start) {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    let offset = start
    let part = { offset, transcript: '', lines: 0 }
    for await (const { text, end } of readLines(file, start, size)) {
      const line = reduceLine(text)
      const isFull =
        part.lines === MAX_PART_LINES || part.transcript.length + line.length > MAX_PART_BYTES
      if (isFull && part.lines > 0) {
        yield { offset: part.offset, end: offset, transcript: part.transcript }
        part = { offset, transcript: '', lines: 0 }
      }
      if (line !== '') {
        part.transcript += `${line}\n`
        part.lines++
      }
      offset = end
    }
    if (offset > part.offset) {
      yield { offset: part.offset, end: offset, transcript: part.transcript }
    }
  } finally {
    await file.close()
  }
}

/** Whole lines with the byte where each ends; a last half line is left for the next time. */
async function* readLines(file, start, size) {
  let pending = Buffer.alloc(0)
  let position = start
  let lineStart = start
  while (position < size) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - position))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)])
    for (let end = pending.indexOf(NEWLINE); end >= 0; end = pending.indexOf(NEWLINE)) {
      lineStart += end + 1
      yield { text: pending.toString('utf8', 0, end), end: lineStart }
      pending = pending.subarray(end + 1)
    }
  }
}

/** What was said in a line, without tools, thoughts and files; empty for any other line. */
function reduceLine(text) {
  let line
  try {
    line = JSON.parse(text)
  } catch {
    return ''
  }
  const reduced = client === 'codex' ? reduceCodexLine(line) : reduceClaudeLine(line)
  const json = reduced === undefined ? '' : JSON.stringify(reduced)
  return json.length > MAX_PART_BYTES ? '' : json
}

function reduceClaudeLine({ type, uuid, timestamp, message, ...flags }) {
  if ((type !== 'user' && type !== 'assistant') || !message) return undefined
  const { role, model, content } = message
  const texts =
    typeof content === 'string' ? content : (content ?? []).filter((block) => block.type === 'text')
  if (texts.length === 0) return undefined
  const { isMeta, isSidechain, isCompactSummary, isApiErrorMessage } = flags
  const kept = { isMeta, isSidechain, isCompactSummary, isApiErrorMessage }
  return { type, uuid, timestamp, ...kept, message: { role, model, content: texts } }
}

function reduceCodexLine({ type, timestamp, payload }) {
  if (type !== 'response_item' || payload?.type !== 'message') return undefined
  const { role, content = [] } = payload
  if (role !== 'user' && role !== 'assistant') return undefined
  const texts = content.filter((part) => typeof part.text === 'string')
  return { type, timestamp, payload: { type: 'message', role, content: texts } }
}
