/** A piece of machinery, and the edits of the compiled code that switch it off. */
export interface Switch {
  piece: string
  /** In dist/. */
  file: string
  /** Each text stands in the file exactly once. */
  edits: Array<[text: string, replacement: string]>
}

export const switches: Switch[] = [
  {
    piece: 'batch',
    file: 'db/connection/batch.js',
    edits: [['if (db.isTransaction)', 'if (true)']]
  },
  {
    piece: 'lane',
    file: 'db/connection/prepared.js',
    edits: [['poolLanes.set(db, lane)', 'void lane']]
  },
  {
    piece: 'prepared statements',
    file: 'db/connection/prepared.js',
    edits: [
      ['statementNames.get(text)', 'undefined'],
      ['{ name, text, values:', '{ text, values:']
    ]
  }
]
