// Shows what memory_search and memory_list found, inside of an app that supports MCP Apps (SEP-1865,
// 2026-01-26). Memories are text from anywhere, so every part of them is set as textContent.
const summary = document.querySelector('.summary')
const list = document.querySelector('ul')
const INITIALIZE = 1

const send = (message) => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*')

function element(name, className, text) {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

/** Follows the app, else the system. */
function setTheme(context = {}) {
  if (context.theme) document.documentElement.style.colorScheme = context.theme
}

function factsOf({ agent_name: namespace, tags = [], updated_at: updated, created_at: created }) {
  const date = new Date(updated ?? created)
  return [
    Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(),
    namespace === 'global' ? '' : namespace,
    ...tags.map((tag) => `#${tag}`)
  ]
    .filter(Boolean)
    .join(' · ')
}

function memoryItem(memory) {
  const item = element('li', '', '')
  const value = element('p', 'value', memory.value)
  item.append(element('h2', '', memory.key), value)
  if (memory.superseded_by) item.append(element('span', 'mark', 'Out of date'))
  if (memory.contradicts) item.append(element('span', 'mark', 'Contradicted'))
  item.append(element('p', 'facts', factsOf(memory)))
  return item
}

/** Adds a button to each value that does not fit. */
function offerRest() {
  for (const item of list.children) {
    const value = item.querySelector('.value')
    if (value.scrollHeight <= value.clientHeight + 1) continue
    const button = element('button', '', 'Show all')
    button.type = 'button'
    button.setAttribute('aria-expanded', 'false')
    button.addEventListener('click', () => {
      const isOpen = item.classList.toggle('open')
      button.textContent = isOpen ? 'Show less' : 'Show all'
      button.setAttribute('aria-expanded', String(isOpen))
      reportSize()
    })
    value.after(button)
  }
}

function summaryOf(count, reason) {
  if (count === 0) return reason ?? 'No memories were found.'
  return count === 1 ? '1 memory' : `${count} memories`
}

/** `result`: that of the tool. */
function showResult({ structuredContent = {} }) {
  const memories = structuredContent.results ?? structuredContent.memories ?? []
  list.replaceChildren(...memories.map(memoryItem))
  summary.textContent = summaryOf(memories.length, structuredContent.reason)
  offerRest()
  reportSize()
}

function reportSize() {
  const { scrollWidth: width } = document.documentElement
  const height = Math.ceil(document.body.getBoundingClientRect().height)
  send({ method: 'ui/notifications/size-changed', params: { width, height } })
}

window.addEventListener('message', ({ source, data }) => {
  if (source !== window.parent || data?.jsonrpc !== '2.0') return
  const { id, method, params = {}, result } = data
  if (id === INITIALIZE && result) {
    setTheme(result.hostContext)
    send({ method: 'ui/notifications/initialized', params: {} })
  } else if (method === 'ui/notifications/tool-result') showResult(params)
  else if (method === 'ui/notifications/host-context-changed') setTheme(params)
  else if (method === 'ui/resource-teardown' || method === 'ping') send({ id, result: {} })
})

send({
  id: INITIALIZE,
  method: 'ui/initialize',
  params: {
    protocolVersion: '2026-01-26',
    appInfo: { name: 'kagura-memory', title: 'Kagura Memory', version: '1' },
    appCapabilities: {}
  }
})
