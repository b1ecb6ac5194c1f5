import { type Static, Type } from 'typebox'
import type { CodingSession } from '../../db/coding/sessions.ts'
import { counted } from './fields.ts'

/** What is said of a session; which parts, each tool chooses. */
export const facts = {
  session_id: Type.String(),
  project_id: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  active: Type.Boolean(),
  started_at: Type.String(),
  ended_at: Type.Optional(Type.String()),
  duration_minutes: Type.Number(),
  summary: Type.Optional(Type.String()),
  success: Type.Optional(Type.Boolean())
}
export type Session = Static<Type.TObject<typeof facts>>

export const Counts = Type.Record(Type.String(), Type.Integer())

/** A session as tools answer it. */
export function answered(session: CodingSession): Session {
  return {
    session_id: session.session_id,
    project_id: session.project_id,
    description: session.description,
    tags: session.tags,
    active: session.ended_at === null,
    started_at: session.started_at.toISOString(),
    ...(session.ended_at && { ended_at: session.ended_at.toISOString() }),
    duration_minutes: Math.round(session.minutes * 10) / 10,
    ...(session.summary !== null && { summary: session.summary }),
    ...(session.success !== null && { success: session.success })
  }
}

/** How a session ended, in lines. */
export function outcome({ success, summary }: { success?: boolean; summary?: string }): string[] {
  return [
    ...(success === undefined ? [] : [`- Goal reached: ${success ? 'yes' : 'no'}`]),
    ...(summary === undefined ? [] : [`- Summary: ${summary}`])
  ]
}

/** What was recorded, in words. */
export function countsText(counts: Record<string, number>): string {
  const {
    file_changes: changes = 0,
    files = 0,
    errors = 0,
    resolved = 0,
    decisions = 0,
    interactions = 0,
    issues = 0
  } = counts
  return [
    `${counted(changes, 'change')} to ${counted(files, 'file')}`,
    `${counted(errors, 'error')}${errors > 0 ? ` (${resolved} resolved)` : ''}`,
    counted(decisions, 'decision'),
    ...(interactions > 0 ? [counted(interactions, 'recorded interaction')] : []),
    ...(issues > 0 ? [counted(issues, 'linked issue')] : [])
  ].join(', ')
}
