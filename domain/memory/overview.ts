import type { Db } from '../../db/connection/connect.ts'
import { listNotableMemories } from '../../db/memory/notable.ts'
import { describeStored } from './empty-answer.ts'

/**
 * Notable memories among which those of a namespace are looked for, and characters of each value.
 */
const LOOKED_AT = 100
const VALUE_LIMIT = 2000

/**
 * Questions that ask for everything rather than for something: "what do you know about me",
 * "everything", "my memories". No memory has these words, so an overview answers them. Each pattern
 * must match the whole question.
 */
const overviewQuestions = [
  // English
  /(please )?(can you )?(tell me |show me |list |say |give me |summari[sz]e )?(me )?(everything|anything|all|all of it|all (my |the |your )?(memories|facts|information|data))( (that )?(you|i|we) (know|remember|have|stored?|saved|told you)| (about|of|on) (me|us)| there is| you have)*/,
  /(so )?what (all )?(do|did|can|does) (you|it|kagura) (already )?(know|remember|recall|have|store|stored?)( (about|of|on|stored about|saved about) (me|us|the user))?( so far| already)?/,
  /what (have|did) (you|i|we) (stored?|saved?|learned|remembered?|told? you|tell you)( (about|of) (me|us|myself))?( so far)?/,
  /(tell me |show me )?what(s| is| is there)? (in |stored in )?(your|my|the) memor(y|ies)( about me)?/,
  /(show|list|see|get|open|read)( me)?( all)?( of)?( my| your| the)? memor(y|ies)/,
  /who am i( to you)?|about me|(tell me )?about (myself|the user)|user profile|my profile|(my|the|your) memor(y|ies)/,
  // German
  /was (weißt|weisst|weiß|weiss) du (alles )?(so )?(noch )?((ü|ue)ber mich|von mir)?|was hast du (dir )?((ü|ue)ber mich |von mir )?(gemerkt|gespeichert)|alles( (ü|ue)ber mich)?|wer bin ich|meine erinnerungen/,
  // French, Spanish, Portuguese, Italian, Dutch
  /(qu est ce que|que) (tu|vous) (sais|savez|connais) (de|sur) moi|que sais tu (de|sur) moi|tout( sur moi)?|qui suis je/,
  /(qu(e|é)|todo lo que) sabes (de|sobre) m(i|í)|todo( sobre m(i|í))?|qui(e|é)n soy( yo)?/,
  /(o )?que (voc(e|ê) )?sabe(s)? (de|sobre) mim|tudo( sobre mim)?|quem sou eu/,
  /(che )?cosa sai (di|su) me|tutto( su di me)?|chi sono( io)?/,
  /wat weet je( allemaal)? (over|van) mij|alles( over mij)?|wie ben ik/,
  // Japanese, Chinese, Korean
  /(私|僕|俺|わたし)(について|のこと)?(を|は)?(何|なに)を?(知って|覚えて)い?(る|ます)か?|(私|僕)について(知っていること|全部|すべて)?(を?教えて(ください)?)?|全部|すべて/,
  /你(都)?(知道|记得|記得)(关于|關於)?我(的)?(什么|什麼|哪些)?(事情?)?|(关于|關於)我(的)?(一切|所有)?|全部|所有(的)?(记忆|記憶)?|我是(谁|誰)/,
  /나에 대해 (무엇을|뭘|뭐) (알고|기억하고) 있(어|나요|습니까)|전부|모두|나는 누구/
].map((pattern) => new RegExp(`^(?:${pattern.source})$`, 'u'))

/** Whether the question asks for an overview of what is remembered. */
export function asksForOverview(query: string): boolean {
  const text = query
    .slice(0, 200)
    .toLowerCase()
    .normalize('NFC')
    .replace(/['’]/g, ' ')
    .replace(/[^\p{L}\p{N}\s]/gu, ' ')
    .replace(/\bwhat s\b/g, 'whats')
    .replace(/\s+/g, ' ')
    .trim()
  return text !== '' && overviewQuestions.some((pattern) => pattern.test(text))
}

export type OverviewMemory = Awaited<ReturnType<typeof listNotableMemories>>[number]

/**
 * What is most worth knowing: the memories that were given most importance, then those that changed
 * last.
 */
export async function listOverview(
  db: Db,
  userId: string,
  { limit, agentName }: { limit: number; agentName?: string | undefined }
): Promise<OverviewMemory[]> {
  const notable = await listNotableMemories(db, userId, {
    limit: LOOKED_AT,
    valueLimit: VALUE_LIMIT
  })
  return notable
    .filter(({ agent_name: name }) => agentName === undefined || name === agentName)
    .slice(0, limit)
}

/** Says that these are not all, and how to go on. */
export async function overviewReason(db: Db, userId: string, shown: number): Promise<string> {
  const what =
    shown === 1
      ? 'the most important or latest memory'
      : `${shown} of the most important and latest memories`
  return `This is an overview: ${what}. ${await describeStored(db, userId)} Search for a topic, or page through all with memory_list.`
}
