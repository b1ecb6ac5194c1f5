// The script of the console. Every page works without it. It copies text, refreshes relative times,
// shows passwords, selects rows, watches for new connections, and listens to keyboard shortcuts.

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const source = document.querySelector(button.dataset.copy)
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim())
    const label = button.textContent
    button.textContent = button.dataset.copied
    setTimeout(() => (button.textContent = label), 2000)
  })
}

for (const button of document.querySelectorAll('[data-reveal]')) {
  button.hidden = false
  const [field, label] = [document.querySelector(button.dataset.reveal), button.textContent]
  button.addEventListener('click', () => {
    const isHidden = field.type === 'password'
    field.type = isHidden ? 'text' : 'password'
    button.textContent = isHidden ? button.dataset.hide : label
  })
}

for (const box of document.querySelectorAll('[data-select-all]')) {
  box.closest('label').hidden = false
  box.addEventListener('change', () => {
    for (const row of document.querySelectorAll(box.dataset.selectAll)) row.checked = box.checked
  })
}

const locale = document.documentElement.lang === 'ja' ? 'ja-JP' : 'en-GB'
const agoFormat = new Intl.RelativeTimeFormat(locale)
const units = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60]
]
setInterval(() => {
  for (const time of document.querySelectorAll('time[data-age]')) {
    const seconds = (Date.now() - new Date(time.dateTime)) / 1000
    const [unit, size] = units.find(([, size]) => seconds >= size) ?? []
    if (unit && seconds < 30 * 86400) {
      time.textContent = agoFormat.format(-Math.floor(seconds / size), unit)
    }
  }
}, 30_000)

// What only a browser without script needs.
for (const part of document.querySelectorAll('[data-scriptless]')) part.hidden = true

// An element with data-live asks its URL every few seconds, and takes the part of that page that
// has its own id. It stops when that part has no data-live: nothing more will change. While the
// focus is inside, it waits.
for (const element of document.querySelectorAll('[data-live]')) watchPart(element)

async function watchPart(element) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    if (document.hidden || element.contains(document.activeElement)) continue
    const answer = await fetch(element.dataset.live, { headers: { accept: 'text/html' } }).catch(
      () => undefined
    )
    if (!answer?.ok) continue
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.getElementById(element.id)
    if (!fresh) return
    for (const part of fresh.querySelectorAll('[data-scriptless]')) part.hidden = true
    if (fresh.innerHTML !== element.innerHTML) element.replaceChildren(...fresh.childNodes)
    if (!fresh.dataset.live) return
  }
}

// On a phone the navigation scrolls sideways: the present section comes into view.
document
  .querySelector('.side [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'center' })

const help = document.getElementById('keys')
document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input:not([type=checkbox]), textarea, select')
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  const items = [...document.querySelectorAll('[data-item]')]
  const position = items.indexOf(document.activeElement)
  const actions = {
    '/': () => document.querySelector('[data-search]')?.focus(),
    '?': () => help?.showModal(),
    j: () => items[Math.min(position + 1, items.length - 1)]?.focus(),
    k: () => items[Math.max(position - 1, 0)]?.focus(),
    o: () => items[position]?.click()
  }
  if (!actions[event.key] || help?.open) return
  event.preventDefault()
  actions[event.key]()
})
