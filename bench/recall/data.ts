import { readFileSync } from 'node:fs'

export interface Item {
  id: string
  session: string
  speaker: string
  text: string
  at: Date
}
export interface Question {
  question: string
  evidence: string[]
  category: string
}
export interface Conversation {
  items: Item[]
  questions: Question[]
}

/**
 * Conversations of a file in LoCoMo's or BEAM's format. Questions without evidence that is there
 * are left out.
 */
export function readConversations(file: string): Conversation[] {
  const entries = JSON.parse(readFileSync(file, 'utf8')) as Array<Locomo | Beam>
  return entries.map((entry) => withEvidence('qa' in entry ? locomo(entry) : beam(entry)))
}

function withEvidence({ items, questions }: Conversation): Conversation {
  const known = new Set(items.map(({ id }) => id))
  return {
    items,
    questions: questions
      .map((question) => ({
        ...question,
        evidence: [...new Set(question.evidence)].filter((id) => known.has(id))
      }))
      .filter(({ evidence }) => evidence.length > 0)
  }
}

const categories = ['', 'multi-hop', 'temporal', 'open-domain', 'single-hop', 'adversarial']

interface Turn {
  dia_id: string
  speaker: string
  text: string
  blip_caption?: string
}
interface Locomo {
  conversation: Record<`session_${number}`, Turn[]> &
    Record<`session_${number}_date_time`, string | undefined>
  qa: Array<{ question: string; evidence?: string[]; category: number }>
}

/**
 * snap-research/locomo: session_N, session_N_date_time; evidence ids come in forms like "D8:6;
 * D9:17" and "D30:05".
 */
function locomo({ conversation, qa }: Locomo): Conversation {
  const numbers = Object.keys(conversation)
    .flatMap((name) => /^session_(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const items = numbers.flatMap((number) => {
    const at = locomoTime(conversation[`session_${number}_date_time`] ?? '')
    return conversation[`session_${number}`]!.map((turn) => ({
      id: turn.dia_id,
      session: `session_${number}`,
      speaker: turn.speaker,
      text: [turn.text, turn.blip_caption].filter(Boolean).join(' '),
      at
    }))
  })
  const questions = qa.map(({ question, evidence = [], category }) => ({
    question,
    evidence: evidence.flatMap((text) =>
      [...text.matchAll(/D(\d+):0*(\d+)/g)].map(([, session, turn]) => `D${session}:${turn}`)
    ),
    category: categories[category] ?? String(category)
  }))
  return { items, questions }
}

/** "1:56 pm on 8 May, 2023", taken as UTC. */
function locomoTime(text: string): Date {
  const [, hour, minute, half, date] = /^(\d+):(\d+) ([ap]m) on (.+)$/.exec(text) ?? []
  if (!date) throw new Error(`"${text}" is no time of LoCoMo's.`)
  const day = new Date(`${date.replace(',', '')} UTC`)
  return new Date(
    day.getTime() +
      ((Number(hour) % 12) + (half === 'pm' ? 12 : 0)) * 3600_000 +
      Number(minute) * 60_000
  )
}

interface Message {
  id?: unknown
  message_id?: unknown
  role: string
  content: string
  time_anchor?: string
}
interface Probe {
  question: string
  source_chat_ids?: unknown
  ability?: string
  category?: string
  type?: string
}
type Probes = Probe[] | Record<string, Probe[]>
interface Beam {
  chat?: unknown
  messages?: unknown
  conversation?: unknown
  probing_questions?: string | Probes
  questions?: Probes
}

/**
 * mohammadtavakoli78/BEAM: a chat is batches of turns, each turn a list of messages with role,
 * content and id, one time_anchor at the beginning of a batch; probing_questions by ability, their
 * source_chat_ids in lists or under names. Lists may be nested in any depth.
 */
function beam(entry: Beam): Conversation {
  const chat = entry.chat ?? entry.messages ?? entry.conversation ?? entry
  const probing = entry.probing_questions ?? entry.questions ?? {}
  const probes = typeof probing === 'string' ? (JSON.parse(probing) as Probes) : probing
  const items: Item[] = []
  let at = new Date(Date.UTC(2024, 0, 1))
  for (const [number, batch] of (Array.isArray(chat) ? chat : [chat]).entries()) {
    const flat = isMessage(batch) // a plain list of messages is one session
    for (const message of messagesIn(batch)) {
      const anchor = Date.parse(`${String(message.time_anchor ?? '').replaceAll('-', ' ')} UTC`)
      at = Number.isNaN(anchor) ? new Date(at.getTime() + 60_000) : new Date(anchor)
      items.push({
        id: String(message.id ?? message.message_id),
        session: flat ? 'chat' : `batch_${number}`,
        speaker: message.role,
        text: message.content,
        at
      })
    }
  }
  const list = Array.isArray(probes)
    ? probes.map((probe) => {
        const category = probe.ability ?? probe.category ?? probe.type ?? 'all'
        return [category, probe] as const
      })
    : Object.entries(probes).flatMap(([ability, some]) => {
        return some.map((probe) => [ability, probe] as const)
      })
  return {
    items,
    questions: list.map(([category, probe]) => ({
      question: probe.question,
      evidence: idsIn(probe.source_chat_ids ?? []),
      category
    }))
  }
}

function isMessage(value: unknown): value is Message {
  const { content, role } = (value ?? {}) as Partial<Message>
  return typeof content === 'string' && role !== undefined
}

function messagesIn(value: unknown): Message[] {
  if (isMessage(value)) return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(messagesIn) : []
}

function idsIn(value: unknown): string[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(idsIn)
    : value === null
      ? []
      : [String(value)]
}
