/* The function runs inside the browser. These are the parts of the DOM that it uses. */
interface PageElement {
  tagName: string
  id: string
  textContent: string | null
  childNodes: Iterable<{ nodeType: number; textContent: string | null }>
  parentElement: PageElement | null
  labels?: { length: number }
  open?: boolean
  checkVisibility: () => boolean
  closest: (selector: string) => PageElement | null
  getAttribute: (name: string) => string | null
  getBoundingClientRect: () => { width: number; height: number; right: number }
}
interface Style {
  color: string
  backgroundColor: string
  fontSize: string
  fontWeight: string
}
declare const document: {
  documentElement: { scrollWidth: number; clientWidth: number }
  title: string
  querySelectorAll: (selector: string) => Iterable<PageElement>
}
declare function getComputedStyle(element: PageElement): Style

/**
 * The faults of the page on the screen, one line each. It finds sideways scrolling, text outside
 * its card, contrast below WCAG 2.2 AA (4.5, large text 3), controls without a name or below 24
 * pixels, missing landmarks, duplicate ids and skipped headings. It opens each details element.
 */
export function auditPage(): string[] {
  const all = (selector: string) => [...document.querySelectorAll(selector)]
  const faults: string[] = []
  for (const details of all('details')) details.open = true
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) faults.push(`scrolls sideways: ${scrollWidth} in ${clientWidth}`)
  if (!document.title.endsWith(' · Kagura Memory')) faults.push(`title: ${document.title}`)
  if (all('main').length !== 1 || all('header').length !== 1) faults.push('landmarks')
  const ids = all('[id]').map(({ id }) => id)
  if (new Set(ids).size < ids.length) faults.push(`an id twice: ${ids.join(' ')}`)
  all('h1, h2, h3')
    .map(({ tagName }) => Number(tagName[1]))
    .reduce((before, level) => {
      if (level > before + 1) faults.push(`h${level} after h${before}`)
      return level
    }, 0)
  for (const control of all(
    'input:not([type=hidden], [hidden]), select, textarea, button, a, summary'
  )) {
    if (!control.checkVisibility()) continue
    const accessibleName =
      control.getAttribute('aria-label') || control.textContent?.trim() || control.labels?.length
    if (!accessibleName) faults.push(`${control.tagName} without a name`)
    const [label, text] = [
      control.getAttribute('aria-label'),
      control.textContent?.trim().replace(/\s+/g, ' ')
    ]
    // WCAG 2.5.3: the name contains the visible text.
    if (label && text && !label.includes(text)) faults.push(`"${text}" is named "${label}"`)
    const { width, height } = control.getBoundingClientRect()
    const inLabel = control.closest('label') // the label is the target then
    if (control.tagName !== 'A' && !inLabel && (height < 24 || width < 24)) {
      faults.push(`${control.tagName} is ${width}x${height}`)
    }
  }
  for (const element of all('main *, header *')) {
    const ownText = [...element.childNodes]
      .filter(({ nodeType }) => nodeType === 3)
      .map(({ textContent }) => textContent?.trim())
      .join('')
    if (!ownText || element.tagName === 'OPTION') continue
    const card = element.closest('.card')
    if (card && element.getBoundingClientRect().right > card.getBoundingClientRect().right) {
      faults.push(`sticks out: ${ownText.slice(0, 40)}`)
    }
    const style = getComputedStyle(element)
    const ratio = contrast(numbers(style.color), background(element))
    const size = parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (large ? 3 : 4.5)) {
      faults.push(`contrast ${ratio.toFixed(2)}: ${ownText.slice(0, 40)}`)
    }
  }
  return faults

  function numbers(color: string): number[] {
    return (color.match(/[\d.]+/g) ?? []).map(Number)
  }
  /** The background of the nearest element that paints one. Every background here is opaque. */
  function background(element: PageElement): number[] {
    for (let at: PageElement | null = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor)
      if (color[3] !== 0) return color
    }
    return [255, 255, 255]
  }
  function contrast(first: number[], second: number[]): number {
    const [light = 0, dark = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  function luminance(color: number[]): number {
    const [red = 0, green = 0, blue = 0] = color.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
}
