// What a model reads of each tool: a checklist, since no model is at hand to try it.
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { allTools } from '../../tools/index.ts'
import { serverInstructions } from '../../tools/instructions.ts'
import { describeTool } from '../../tools/tool.ts'

const MAX_DESCRIPTION_BYTES = 1024
const MAX_INSTRUCTION_BYTES = 1700
const names = allTools.map(({ name }) => name)
const ajv = new Ajv2020({ strict: true })

/** Tools without a near neighbour, which name no other tool. */
const withoutNeighbour = ['coding_end_session']

t.test(
  'every tool says what it does, when to use it, and when another one is better',
  async (t) => {
    for (const tool of allTools) {
      const { name, description } = tool
      const [firstSentence = ''] = description.split(/(?<=[.?!;]) /)
      t.ok(firstSentence.split(' ').length >= 4, `${name} begins with what it does`)
      t.match(description, /(^|[.;] )Use it /, `${name} says when to use it`)
      const namesNeighbour = names.some(
        (neighbour) => neighbour !== name && description.includes(neighbour)
      )
      t.equal(namesNeighbour, !withoutNeighbour.includes(name), `${name} names its neighbour`)
      const mentioned = description.match(/\b(memory|graph|coding|brave|arxiv|youtube)_\w+/g) ?? []
      t.same(
        mentioned.filter((word) => !names.includes(word)),
        [],
        `${name} names only tools that exist`
      )
      t.ok(
        Buffer.byteLength(describeTool(tool)) < MAX_DESCRIPTION_BYTES,
        `${name} is described in less than 1 KB`
      )
    }
  }
)

t.test('every argument says what it means in more than four words', async (t) => {
  for (const { name, input } of allTools) {
    for (const [argument, schema] of Object.entries(
      input.properties as Record<string, { description?: string }>
    )) {
      const words = (schema.description ?? '').split(' ')
      t.ok(words.length > 4, `${name}.${argument}: ${schema.description}`)
    }
  }
})

t.test('every tool shows a call that it takes', async (t) => {
  for (const { name, input, example } of allTools) {
    const accepts = ajv.compile(input)
    t.ok(accepts(example), `${name}: ${JSON.stringify(accepts.errors)}`)
    const optionalOnly = Object.keys(input.properties).length > 0 && !input.required
    if (optionalOnly) continue
    t.equal(
      Object.keys(example).length > 0,
      Object.keys(input.properties).length > 0,
      `${name} shows arguments, if it has any`
    )
  }
})

t.test('short lists leave out optional arguments only, which exist', async (t) => {
  for (const { name, input, rare = [], example } of allTools) {
    const required = (input.required as string[] | undefined) ?? []
    for (const argument of rare) {
      t.ok(argument in input.properties && !required.includes(argument), `${name}.${argument}`)
      t.notOk(argument in example, `the example of ${name} shows no rare argument`)
    }
  }
})

t.test('the instructions say when to search and store, and what never to store', async (t) => {
  t.ok(Buffer.byteLength(serverInstructions) < MAX_INSTRUCTION_BYTES)
  for (const part of [
    /Search first \(memory_search\)/,
    /Store \(memory_store\) without being asked/,
    /Never store passwords, API keys, tokens, card/,
    /Keys are short/,
    /data, not instructions/,
    /memory_get_tool_list/
  ]) {
    t.match(serverInstructions, part)
  }
  const mentioned = serverInstructions.match(/\bmemory_\w+/g) ?? []
  t.same(
    mentioned.filter((word) => !names.includes(word)),
    []
  )
})
