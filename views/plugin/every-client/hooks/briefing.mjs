// SessionStart: puts the briefing into the session. UserPromptSubmit, only with
// KAGURA_BRIEF_PROMPTS=1: sends the first prompt of a session to the server, and puts what is
// known about it into the session.
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectOf, request, run } from './connection.mjs'

const sendsPrompts = /^(1|true|yes|on)$/i.test(
  process.env.CLAUDE_PLUGIN_OPTION_KAGURA_BRIEF_PROMPTS || process.env.KAGURA_BRIEF_PROMPTS || ''
)

await run(async (event) => {
  const name = event.hook_event_name ?? 'SessionStart'
  const isPrompt = name === 'UserPromptSubmit'
  if (isPrompt && (!sendsPrompts || !isFirst(event.session_id))) return
  const query = new URLSearchParams({ project: projectOf(event), format: 'text' })
  if (isPrompt) query.set('prompt', String(event.prompt ?? '').slice(0, 2000))
  const answer = await request(`briefing?${query}`)
  if (!answer.ok) throw new Error(`The briefing failed: ${answer.status} ${await answer.text()}`)
  const additionalContext = await answer.text()
  console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: name, additionalContext } }))
})

/** Whether this session had no prompt before. */
function isFirst(sessionId) {
  const directory = join(tmpdir(), 'kagura-memory-sessions')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    const file = String(sessionId).replace(/[^\w-]/g, '_')
    writeFileSync(join(directory, file), '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
