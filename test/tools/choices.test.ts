// choices/ has sentences that a person could say, each with the tool and the arguments that a model
// should choose, in a file for the shortest list with which it can. Without a model at hand, this
// test only checks that they can be chosen: descriptions.test.ts judges what models choose by.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import type { ToolList } from '../../db/schema/index.ts'
import { toolsJson } from '../../tools/listing.ts'
import { toolLists } from '../../tools/lists.ts'
import { root } from '../support/sources.ts'

interface Choice {
  sentence: string
  list: ToolList
  tool: string
  arguments: Record<string, unknown>
}

const listNames = Object.keys(toolLists) as ToolList[]
const choices = listNames.flatMap((list) => {
  const path = join(root, 'test/tools/choices', `${list}.json`)
  const listChoices = JSON.parse(readFileSync(path, 'utf8')) as Array<Omit<Choice, 'list'>>
  return listChoices.map((choice) => ({ ...choice, list }))
})
const ajv = new Ajv2020({ strict: true })
const schemas = new Map(
  listNames.map((list) => [
    list,
    new Map(
      (
        JSON.parse(toolsJson([...toolLists[list]], {})) as Array<{
          name: string
          inputSchema: object
        }>
      ).map(({ name, inputSchema }) => [name, ajv.compile(inputSchema)])
    )
  ])
)

t.test('each choice is possible with its list, as the list describes the tool', async (t) => {
  t.equal(new Set(choices.map(({ sentence }) => sentence)).size, 60)
  for (const { sentence, list, tool, arguments: args } of choices) {
    const accepts = schemas.get(list)?.get(tool)
    t.ok(accepts, `${list} has ${tool}`)
    t.ok(accepts?.(args), `${sentence}: ${JSON.stringify(accepts?.errors)}`)
    const shorterLists = listNames.slice(0, listNames.indexOf(list))
    t.notOk(
      shorterLists.some((shorter) => schemas.get(shorter)!.has(tool)),
      `${list} is the shortest list with ${tool}`
    )
  }
})

t.test('every tool of the short lists is chosen at least once', async (t) => {
  const chosenNames = new Set(choices.map(({ tool }) => tool))
  t.same(
    [...toolLists.coding].map(({ name }) => name).filter((name) => !chosenNames.has(name)),
    []
  )
})
