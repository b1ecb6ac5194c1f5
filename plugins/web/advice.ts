const LOOK_ELSEWHERE = 'Look for the same elsewhere.'
const ASK_PERSON = 'Ask the person to open it and paste what matters.'

const adviceByReason: Record<string, string> = {
  bad_port: 'Only ports that the operator allows can be used (WEB_ALLOWED_PORTS).',
  bad_scheme: 'Give an http or https address.',
  bad_url: 'Give a whole address such as https://example.org/page.',
  denied_host: LOOK_ELSEWHERE,
  not_public: 'Only addresses on the public internet can be read.',
  robots: ASK_PERSON,
  robots_unreachable: 'Try again in a minute, or look for the same elsewhere.',
  timeout: 'Try again later, or look for the same elsewhere.',
  too_large: LOOK_ELSEWHERE,
  too_many_requests: 'Continue with something else in the meantime.',
  unreachable: 'Check the address, or try again later.',
  unresolved: 'Check the spelling of the host.',
  unwanted_type: 'Pages in HTML, plain text, Markdown and PDF can be read.',
  user_information: 'Remove the name and password from the address.'
}

/** Tells a model what to do after a refusal (a reason) or a bad status. */
export function adviceFor(what: string | number): string {
  if (typeof what === 'string') return adviceByReason[what] ?? LOOK_ELSEWHERE
  if (what === 404 || what === 410) return 'The page does not exist: check the address.'
  if (what === 401 || what === 402 || what === 403 || what === 451) {
    return `The page is not public. ${ASK_PERSON}`
  }
  return what === 429 || what >= 500 ? 'Try again later.' : LOOK_ELSEWHERE
}
