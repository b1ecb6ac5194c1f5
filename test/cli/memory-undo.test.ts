import t from 'tap'
import { people } from '../tools/caller.ts'
import { kagura } from './command.ts'

t.test('an undo names what it cannot take back, and why', async (t) => {
  const {
    settings,
    callers: [ada]
  } = await people('ada')
  const app = ada!.as({
    kind: 'oauth',
    name: 'Careless App',
    client_id: 'careless',
    grant_id: 'g1'
  })
  for (const key of ['edited', 'place', 'a', 'b']) {
    await ada!.call('memory_store', { key, value: 'of Ada' })
  }
  await ada!.call('graph_link', { from: 'a', to: 'b' })
  await app.call('memory_store', { key: 'edited', value: 'of the app' })
  await app.call('memory_delete', { key: 'place' })
  await app.call('graph_unlink', { from: 'a', to: 'b' })
  await ada!.call('memory_update', { key: 'edited', value: 'of both' })
  await ada!.call('memory_store', { key: 'place', value: 'of Ada again' })
  await ada!.call('graph_link', { from: 'a', to: 'b' })
  const args = ['memory', 'undo', '--user', ada!.email, '--client', 'careless', '--since', '1h']
  const { stdout } = await kagura(settings, args)
  t.match(
    stdout,
    new RegExp(
      String.raw`^Kept, because of later changes by others: 1\n` +
        String.raw`NAMESPACE +KEY +CHANGED BY +AT\n.*edited +key of ada`,
      'm'
    )
  )
  t.match(
    stdout,
    /^Not undone: 1\nNAMESPACE +KEY +REASON\nglobal +place +another memory has the key now\n/m
  )
  t.match(
    stdout,
    /^Not undone: 1\nLINK +REASON\na related_to b +another link is open in its place$/m
  )
})
