import type { ImportItem, InputFile } from '../item.ts'
import { readElements } from '../json-text.ts'
import { isObject, textOrEmpty } from '../json-values.ts'
import { allOrBroken, BrokenItemError } from '../run.ts'
import { parseForeignTime } from '../time.ts'

export type JsonObject = Record<string, unknown>

/** A part of a file with its place: an element of its array, or of a list in its object. */
export interface JsonPart {
  place: string
  value: JsonObject
}

/** Reads the values of a file; what cannot be read, and what `read` refuses, comes as broken. */
export async function* readJsonFile(
  inputFile: InputFile,
  read: (value: unknown, place: string) => Iterable<ImportItem>
): AsyncGenerator<ImportItem> {
  for await (const element of readElements(inputFile)) {
    if ('fault' in element) yield { broken: element.fault }
    else yield* allOrBroken(() => read(element.value, element.place))
  }
}

/** Reads each entry of a list on its own, so that a broken one stops no other. */
export function* readList(
  list: unknown,
  place: string,
  label: string,
  read: (part: JsonPart) => Iterable<ImportItem>
): Generator<ImportItem> {
  if (list === undefined || list === null) return
  if (!Array.isArray(list)) {
    yield { broken: `${place}: the ${label} entries are not a list.` }
    return
  }
  for (const [index, value] of list.entries()) {
    const partPlace = `${place}, ${label} ${index + 1}`
    yield* allOrBroken(() => {
      if (!isObject(value)) throw new BrokenItemError(`${partPlace} is not a JSON object.`)
      return read({ place: partPlace, value })
    })
  }
}

/** The text of a member that has to be there. Throws BrokenItemError. */
export function requireText({ place, value }: JsonPart, member: string): string {
  const text = textOrEmpty(value[member])
  if (text.trim() === '') throw new BrokenItemError(`${place} has no ${member}.`)
  return text
}

/** The time of the first member that has one. A text that is no clear time gives a warning. */
export function timeOf(
  { place, value }: JsonPart,
  members: readonly string[]
): { time: Date | null; warnings: ImportItem[] } {
  const warnings: ImportItem[] = []
  for (const member of members) {
    const rawTime = value[member]
    if (rawTime === undefined || rawTime === null || rawTime === '') continue
    const time = parseForeignTime(rawTime)
    if (time) return { time, warnings }
    const timeText = String(rawTime).slice(0, 40)
    warnings.push({
      warning: `${place}: ${member} "${timeText}" is not a clear date; it is left out.`
    })
  }
  return { time: null, warnings }
}

/** Labels in a list, or in a text with commas. */
export function labelsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return textOrEmpty(value)
    .split(',')
    .map((label) => label.trim())
    .filter(Boolean)
}
