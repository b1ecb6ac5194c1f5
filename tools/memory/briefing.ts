import { Type } from 'typebox'
import { briefingSizes, composeBriefing } from '../../domain/briefing/index.ts'
import { closed } from '../../domain/memory/fields.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

const SectionCount = Type.Object(
  { section: Type.String(), included: Type.Integer(), left_out: Type.Integer() },
  closed
)

export const memoryBriefing = tool({
  name: 'memory_briefing',
  title: 'Brief a new session',
  description:
    'Tells what a new session should know, in a fixed size: pinned memories, what fits the ' +
    'project or prompt, decisions, open errors, the newest. Use it once, when a conversation or ' +
    'task begins. For one question use memory_search.',
  example: { project_id: 'shop', prompt: 'Add tax' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      prompt: Type.Optional(
        Type.String({ maxLength: 20_000, description: 'First question or task of the session.' })
      ),
      project_id: Type.Optional(
        Type.String({ maxLength: 255, description: 'Project that the session works on.' })
      ),
      max_tokens: Type.Optional(
        Type.Integer({
          minimum: briefingSizes.min,
          maximum: briefingSizes.max,
          default: briefingSizes.default,
          description: 'Size limit of the whole text.'
        })
      ),
      agent_name: Type.Optional(
        Type.String({ maxLength: 128, description: 'Only memories of this namespace.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      briefing: Type.String(),
      tokens: Type.Integer(),
      max_tokens: Type.Integer(),
      project_id: Type.Optional(Type.String()),
      sections: Type.Array(SectionCount)
    },
    closed
  ),
  async run({ prompt = '', project_id: project = '', max_tokens: maxTokens, ...rest }, context) {
    const briefing = await composeBriefing(context, {
      ...rest,
      prompt: prompt.trim(),
      project,
      max_tokens: maxTokens ?? briefingSizes.default,
      includesCoding: context.principal.permissions.has('coding:read')
    })
    return {
      briefing: briefing.text,
      tokens: briefing.tokens,
      max_tokens: briefing.max_tokens,
      ...(briefing.project !== '' && { project_id: briefing.project }),
      sections: briefing.sections.map(({ section, lines, left_out }) => ({
        section,
        included: lines.length,
        left_out
      }))
    }
  },
  text: ({ briefing }) => briefing
})
