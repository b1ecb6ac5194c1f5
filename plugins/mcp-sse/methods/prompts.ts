import { argumentOf, prompts } from '../../../tools/prompts/index.ts'
import { fixtureCall, type MethodCall } from './method-call.ts'
import { invalidParams, optionalTexts, textParam } from './params.ts'
import { dataContext, mayRead } from './resources.ts'

const promptListings = prompts.map(({ name, title, description, argument }) => ({
  name,
  title,
  description,
  arguments: [{ ...argument, required: false }]
}))

/** The prompts that a person can pick. */
export function listPrompts({ mcp: { fixtures }, credential: { principal } }: MethodCall): object {
  return {
    prompts: [
      ...(mayRead(principal) ? promptListings : []),
      ...(fixtures?.prompts ?? []).map(({ listing }) => listing)
    ]
  }
}

/**
 * A prompt for the model. Its text contains stored memories, limited in length and marked as data.
 */
export async function getPrompt(call: MethodCall): Promise<object> {
  const { mcp, credential, params } = call
  const promptName = textParam(params, 'name')
  const promptArguments = optionalTexts(params, 'arguments')
  const fixture = mcp.fixtures?.prompts?.find(({ listing }) => listing.name === promptName)
  if (fixture) return fixture.get(promptArguments, fixtureCall(call))
  const prompt = prompts.find(({ name }) => name === promptName)
  if (!prompt || !mayRead(credential.principal)) {
    throw invalidParams(`Unknown prompt: ${promptName.slice(0, 100)}`)
  }
  const text = await prompt.text(argumentOf(prompt, promptArguments), dataContext(call))
  return {
    description: prompt.description,
    messages: [{ role: 'user', content: { type: 'text', text } }]
  }
}
