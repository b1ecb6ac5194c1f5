/** A folder of basic-memory: notes, a broken template, and files that are no notes. */
export const vault = {
  'coffee/Pour Over.md': `---
title: Pour Over
type: guide
permalink: coffee/pour-over
tags: [brewing, "slow #1"]
created: 2025-10-24T08:00:00+02:00
author:
- Ada
---

# Pour Over

Better than [[French Press]].

## Observations
- [method] Pour slowly #technique (from a book)
- [ ] buy filters
- [x] buy beans #todo
- [00:01:10] said in a video
- see [a link](http://example.com)

\`\`\`
- [code] not an observation, [[Not A Link]]
\`\`\`

## Relations
- requires [[Kettle]]
- "pairs well with" [[Chocolate Notes|chocolate]] (in winter)
- improves [[coffee/french-press]]
`,
  'coffee/french-press.md':
    '---\ntitle: French Press\ntype: note\npermalink: coffee/french-press\n---\n' +
    'Plunge after four minutes.\n',
  'Plain.md': 'No front matter, see [[Pour Over#Relations]].',
  'templates/broken.md': '---\ntitle: {{title}}: [\n---\nText of the template',
  '.obsidian/hidden.md': 'not a note',
  'image.png': 'x'
}
