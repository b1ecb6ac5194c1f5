/** A form of a page: its target, and the fields that it sends unchanged. */
export interface Form {
  method: string
  action: string
  fields: Array<[string, string]>
}

export interface Page {
  status: number
  headers: Headers
  html: string
  url: string
  forms: Form[]
}

/**
 * A person's browser without a screen: cookies, forms, and redirects within the service. Tests that
 * need a real browser use Chromium.
 */
export class Visitor {
  readonly base: string
  readonly cookies = new Map<string, string>()
  constructor(base: string) {
    this.base = base
  }

  /** Follows redirects within the service, and stops at the first that leaves it. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#follow(await this.request(path, { headers }))
  }

  async post(
    path: string,
    fields: Array<[string, string]> | Record<string, string>,
    headers: Record<string, string> = {}
  ): Promise<Page> {
    const body = new URLSearchParams(fields as Record<string, string>)
    return this.#follow(
      await this.request(path, {
        method: 'POST',
        body,
        headers: { 'sec-fetch-site': 'same-origin', ...headers }
      })
    )
  }

  /** Sends a form of a page with these fields; it adds those that the page does not have. */
  submit(page: Page, filled: Record<string, string>, index = 0): Promise<Page> {
    const form = page.forms[index]
    if (!form) throw new Error(`No form ${index} on ${page.url} (${page.status}):\n${page.html}`)
    const kept = form.fields.filter(([name]) => !(name in filled))
    return this.send(form, [...kept, ...Object.entries(filled)])
  }

  /** Sends a form, by default unchanged. */
  send({ method, action, fields }: Form, filled = fields): Promise<Page> {
    if (method !== 'get') return this.post(action, filled)
    return this.get(`${action}?${new URLSearchParams(filled).toString()}`)
  }

  /** Sends a form whose answer is a page that asks for confirmation, and confirms there. */
  async confirm(form: Form): Promise<Page> {
    const question = await this.send(form)
    const confirmation = question.forms.find(
      ({ method, action }) => method === 'post' && action === form.action
    )
    if (!confirmation) {
      throw new Error(`No confirmation on ${question.url} (${question.status}):\n${question.html}`)
    }
    return this.send(confirmation)
  }

  /** Sends one request with this browser's cookies, and follows no redirect. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(path, this.base), {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie && { cookie }), ...init.headers }
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|1970/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  async #follow(answer: Response): Promise<Page> {
    const location = answer.headers.get('location')
    if (location?.startsWith('/')) return this.get(location)
    const html = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      html,
      url: answer.url,
      forms: formsOf(html)
    }
  }

  async signIn(email: string, password: string): Promise<Page> {
    return this.submit(await this.get('/login'), { email, password })
  }
}

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => ({
    method: attribute(/<form[^>]*>/.exec(form)![0], 'method') ?? 'get',
    action: attribute(/<form[^>]*>/.exec(form)![0], 'action') ?? '',
    fields: [...form.matchAll(/<input[^>]*>/g)]
      .map(([input]) => input)
      .filter((input) => attribute(input, 'type') !== 'checkbox' || /\schecked/.test(input))
      .map(
        (input) =>
          [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''] as [string, string]
      )
      .filter(([name]) => name !== '')
  }))
}

/** The text of an attribute, unescaped. */
export function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
