import type { Db } from '../../db/connection/connect.ts'
import type { SearchFilter } from '../../db/memory/filter.ts'
import { listNotableMemories } from '../../db/memory/notable.ts'
import { describeStored } from './empty-answer.ts'

/** Characters of each value. */
const VALUE_LIMIT = 2000

/**
 * Questions that ask for everything: "what do you know about me", "everything", "my memories". No
 * memory contains these words, so an overview answers them. A pattern matches the whole question.
 */
const overviewQuestions = [
  // English
  '(please )?(can you )?(tell me |show me |list |say |give me |summari[sz]e )?(me )?' +
    '(everything|anything|all|all of it' +
    '|all (my |the |your )?(memories|facts|information|data))' +
    '( (that )?(you|i|we) (know|remember|have|stored?|saved|told you)' +
    '| (about|of|on) (me|us)| there is| you have)*',
  '(so )?what (all )?(do|did|can|does) (you|it|kagura) (already )?' +
    '(know|remember|recall|have|store|stored?)' +
    '( (about|of|on|stored about|saved about) (me|us|the user))?( so far| already)?',
  'what (have|did) (you|i|we) (stored?|saved?|learned|remembered?|told? you|tell you)' +
    '( (about|of) (me|us|myself))?( so far)?',
  '(tell me |show me )?what(s| is| is there)? (in |stored in )?' +
    '(your|my|the) memor(y|ies)( about me)?',
  '(show|list|see|get|open|read)( me)?( all)?( of)?( my| your| the)? memor(y|ies)',
  'who am i( to you)?',
  'about me',
  '(tell me )?about (myself|the user)',
  'user profile',
  'my profile',
  '(my|the|your) memor(y|ies)',
  // German
  'was (weißt|weisst|weiß|weiss) du (alles )?(so )?(noch )?((ü|ue)ber mich|von mir)?',
  'was hast du (dir )?((ü|ue)ber mich |von mir )?(gemerkt|gespeichert)',
  'alles( (ü|ue)ber mich)?',
  'wer bin ich',
  'meine erinnerungen',
  // French, Spanish, Portuguese, Italian, Dutch
  '(qu est ce que|que) (tu|vous) (sais|savez|connais) (de|sur) moi',
  'que sais tu (de|sur) moi',
  'tout( sur moi)?',
  'qui suis je',
  '(qu(e|é)|todo lo que) sabes (de|sobre) m(i|í)',
  'todo( sobre m(i|í))?',
  'qui(e|é)n soy( yo)?',
  '(o )?que (voc(e|ê) )?sabe(s)? (de|sobre) mim',
  'tudo( sobre mim)?',
  'quem sou eu',
  '(che )?cosa sai (di|su) me',
  'tutto( su di me)?',
  'chi sono( io)?',
  'wat weet je( allemaal)? (over|van) mij',
  'alles( over mij)?',
  'wie ben ik',
  // Japanese, Chinese, Korean
  '(私|僕|俺|わたし)(について|のこと)?(を|は)?(何|なに)を?(知って|覚えて)い?(る|ます)か?',
  '(私|僕)について(知っていること|全部|すべて)?(を?教えて(ください)?)?',
  '全部',
  'すべて',
  '你(都)?(知道|记得|記得)(关于|關於)?我(的)?(什么|什麼|哪些)?(事情?)?',
  '(关于|關於)我(的)?(一切|所有)?',
  '所有(的)?(记忆|記憶)?',
  '我是(谁|誰)',
  '나에 대해 (무엇을|뭘|뭐) (알고|기억하고) 있(어|나요|습니까)',
  '전부',
  '모두',
  '나는 누구'
].map((pattern) => new RegExp(`^(?:${pattern})$`, 'u'))

/** Whether the query asks for an overview of all memories. */
export function asksForOverview(query: string): boolean {
  const normalizedQuery = query
    .slice(0, 200)
    .toLowerCase()
    .normalize('NFC')
    .replace(/['’]/g, ' ')
    .replace(/[^\p{L}\p{N}\s]/gu, ' ')
    .replace(/\bwhat s\b/g, 'whats')
    .replace(/\s+/g, ' ')
    .trim()
  return (
    normalizedQuery !== '' && overviewQuestions.some((pattern) => pattern.test(normalizedQuery))
  )
}

export type OverviewMemory = Awaited<ReturnType<typeof listNotableMemories>>[number]

/** Lists the most important memories that pass the filter, then the most recently changed ones. */
export async function listOverview(
  db: Db,
  userId: string,
  { limit, filter }: { limit: number; filter: SearchFilter }
): Promise<OverviewMemory[]> {
  const notableMemories = await listNotableMemories(db, userId, {
    limit,
    valueLimit: VALUE_LIMIT,
    filter
  })
  return notableMemories.slice(0, limit)
}

/** Explains that an overview shows only some memories, and how to find more. */
export async function overviewReason(db: Db, userId: string, memoryCount: number): Promise<string> {
  const memoriesText =
    memoryCount === 1
      ? 'the most important or latest memory'
      : `${memoryCount} of the most important and latest memories`
  return (
    `This is an overview: ${memoriesText}. ${await describeStored(db, userId)} ` +
    'Search for a topic, or page through all with memory_list.'
  )
}
