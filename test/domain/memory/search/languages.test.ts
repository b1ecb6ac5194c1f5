import t from 'tap'
import { detectLanguage, stemWord } from '../../../../domain/memory/search/languages.ts'
import { type Caller, people } from '../../../tools/caller.ts'

const keys = async (caller: Caller, query: string): Promise<string[]> =>
  (await caller.call('memory_search', { query })).answer.results.map(
    ({ key }: { key: string }) => key
  )

t.test('the language of a text is told by its small words and its script', async (t) => {
  const sentences = {
    english: 'the dog and the cat are in the house',
    german: 'der Hund und die Katze sind in dem Haus',
    french: 'le chien et le chat sont dans la maison',
    russian: 'собака и кошка дома'
  }
  for (const [language, text] of Object.entries(sentences)) {
    t.equal(detectLanguage(text.toLowerCase().split(' ')), language)
  }
  t.equal(detectLanguage(['die', 'hard']), 'english', 'one word is not enough')
  t.equal(stemWord('häuser', 'german'), stemWord('haus', 'german'))
  t.equal(stemWord('user_id', 'english'), 'user_id')
})

t.test('the search matches word forms in each language', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const memories: Record<string, string> = {
    de: 'Wir haben die alten Häuser in der Straße nicht gekauft, weil sie zu teuer waren',
    fr: 'Les réunions de la semaine sont dans la salle du premier étage',
    es: 'Los gatos de mi hermana duermen en el sofá y no en la cama',
    ru: 'Мы купили новые книги и поставили их на полку',
    en: 'The meetings of the team are on the second floor'
  }
  for (const [key, value] of Object.entries(memories)) {
    await ada!.call('memory_store', { key, value })
  }
  t.equal((await keys(ada!, 'Was ist mit dem alten Haus?'))[0], 'de')
  t.equal((await keys(ada!, 'où est la réunion'))[0], 'fr')
  t.equal((await keys(ada!, '¿dónde duerme el gato?'))[0], 'es')
  t.equal((await keys(ada!, 'какую книгу купить'))[0], 'ru')
  t.equal((await keys(ada!, 'where is the team meeting'))[0], 'en')
})
