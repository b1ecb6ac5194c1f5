import t from 'tap'
import { folder, importer } from './importing.ts'

t.test(
  'an Obsidian vault: links by path, name and alias, embeds, nested tags, daily notes, drawings',
  async (t) => {
    const { take, recall, keys, links } = await importer('obsidian')
    const directory = folder(t, {
      'Projects/Hive.md':
        '---\naliases: [Beehive, "The Box"]\ntags: [bees/honey, 2026]\nup: "[[Index]]"\nrating: 4\n---\n' +
        'See [[Frames#Top|the frames]], ![[Frames]] and ![[photo.png]].\n' +
        '> [!warning] Careful\n> Ask [[Ada]] first. #todo/now\n\n' +
        '`[[no link]] #no-tag` and `C#`\n```\n[[no link]] #no-tag\n```\n' +
        '[plan](../Daily/2026-02-03.md) [web](https://x.invalid/#a) %%hidden%%\n',
      'Projects/Frames.md': 'Ten. Issue #12 and C#sharp. [[the box]] ^block',
      'Old/Frames.md': 'Nine.',
      'Daily/2026-02-03.md': 'Moved the [[hive]].',
      'Index.md': '---\ncreated: 03/04/2026\n---\nAll notes.',
      'Drawing.md': '---\nexcalidraw-plugin: parsed\n---\n{}',
      'Empty.md': '',
      'board.canvas': '{}',
      '.obsidian/app.json': '{}'
    })
    const taken = await take(directory)
    t.match(taken, {
      created: 5,
      left_out: { drawings: 1, 'notes without text': 1, 'embedded files': 1 },
      files_left_out: [{ file: '.obsidian', why: 'hidden' }, { file: 'board.canvas' }],
      warnings: [/Index\.md: created "03\/04\/2026" is not a clear date/]
    })
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 5, links: 0 })
    t.same(await keys(), [
      'Daily/2026-02-03',
      'Index',
      'Old/Frames',
      'Projects/Frames',
      'Projects/Hive'
    ])
    const hive = await recall('Projects/Hive')
    t.same(hive.tags, ['bees', 'bees/honey', 'todo', 'todo/now'])
    t.match(hive, {
      value: /^# Hive|^See \[\[Frames/,
      metadata: { aliases: ['Beehive', 'The Box'], rating: 4, file: 'Projects/Hive.md' }
    })
    t.match(hive.value, /> \[!warning\] Careful\n.*%%hidden%%$/s)
    t.match(await recall('Daily/2026-02-03'), {
      type: 'daily note',
      occurred_at: '2026-02-03T00:00:00.000Z'
    })
    t.same((await recall('Projects/Frames')).tags, [])
    t.same(await links(), [
      'Daily/2026-02-03 links_to Projects/Hive',
      'Projects/Frames links_to Projects/Hive',
      'Projects/Hive embeds Projects/Frames',
      'Projects/Hive links_to Ada',
      'Projects/Hive links_to Daily/2026-02-03',
      'Projects/Hive links_to Index',
      'Projects/Hive links_to Projects/Frames'
    ])
  }
)

t.test(
  'files for agents: a memory for each section, facts of Gemini, imports as links',
  async (t) => {
    const { take, refused, recall, keys, links } = await importer('agent-files')
    const directory = folder(t, {
      'app/CLAUDE.md':
        'Read @docs/AGENTS.md and @../missing.md.\n\n# App\n\n## Build\n\nRun `make`.\n' +
        '```\n# no heading\n```\n\n## Keys\n\nexport API_KEY=abc123def456\n',
      'app/docs/AGENTS.md': 'Use tabs.\n',
      'GEMINI.md':
        '# Rules\nBe brief.\n\n## Gemini Added Memories\n- Ada keeps bees\n- Ada likes tea\n',
      '-home-ada-hive/memory/bees.md':
        '---\nname: bees\ndescription: About bees\ntype: user\n---\nTen frames.\n',
      'README.md': 'Not for agents.',
      'AGENTS.md': '# Nothing\n'
    })
    t.match(await take(directory), {
      created: 8,
      links: 1,
      left_out: { 'imports of files that are not here': 1, 'files without text': 1 },
      files_left_out: [{ file: 'README.md' }]
    })
    t.match(await take(directory), { created: 0, changed: 0, unchanged: 8, links_unchanged: 1 })
    t.match(
      (await keys()).filter((key) => !/GEMINI\.md#[0-9a-f]{16}/.test(key)),
      [
        '-home-ada-hive/memory/bees.md',
        'GEMINI.md#Rules',
        'app/CLAUDE.md',
        'app/CLAUDE.md#App / Build',
        'app/CLAUDE.md#App / Keys',
        'app/docs/AGENTS.md'
      ]
    )
    t.match(await recall('app/CLAUDE.md#App / Build'), {
      value: '## Build\n\nRun `make`.\n```\n# no heading\n```',
      type: 'instruction',
      tags: ['CLAUDE']
    })
    t.match((await recall('app/CLAUDE.md#App / Keys')).value, /API_KEY=\[redacted\]$/)
    t.match(await recall('-home-ada-hive/memory/bees.md'), {
      value: 'Ten frames.',
      type: 'user',
      metadata: { description: 'About bees' }
    })
    t.same(await links(), ['app/CLAUDE.md imports app/docs/AGENTS.md'])
    const none = folder(t, { 'README.md': 'x' })
    await refused(t, none, /contains nothing to import.*use --from basic-memory/s)
  }
)
