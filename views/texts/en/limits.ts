import { countOf } from '../translated.ts'

/** What a person allows an app or a key within its scope. */
export const limits = {
  summary: (reads: boolean, namespaces: number | null) =>
    `Allow less: ${reads ? 'read only' : 'read and write'}, ${
      namespaces === null ? 'all memories' : countOf(namespaces, 'namespace', 'namespaces')
    }`,
  access: 'What it may do',
  full: 'Read and write',
  read: 'Read only',
  reach: 'Which memories',
  all: 'All memories',
  some: 'Only these namespaces:',
  another: 'Another one',
  beyondHint:
    'Coding sessions, source code and the web belong to no namespace. Who is held to namespaces ' +
    'gets none of them, unless you allow it here.',
  beyond: 'Also what has no namespace',
  noNamespace: 'Select at least one namespace, or choose all memories.',
  tooManyNamespaces: 'Select at most 50 namespaces, with up to 128 characters each.',
  nothingLeft:
    'With these limits nothing would be allowed, because nothing that is ticked has namespaces. ' +
    'Choose all memories, or allow also what has no namespace.'
}
