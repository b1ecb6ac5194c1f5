import type { briefing as english } from '../en/briefing.ts'
import { counted, type Translated } from '../translated.ts'

export const briefing: Translated<typeof english> = {
  title: 'ブリーフィング',
  intro:
    '新しいセッションに伝えられる内容です。アシスタントは memory_briefing ツールで受け取り、' +
    'プラグインを入れたコーディングアシスタントは自動で受け取ります。',
  prompt: '最初の質問や作業',
  project: 'プロジェクト',
  size: '大きさ（トークン）',
  compose: '表示',
  sizeProblem: (min, max) => `${min} から ${max} までの数を入力してください。`,
  sizeText: (tokens, max) => `${tokens} / 最大 ${max} トークン。`,
  about: 'プロジェクト：',
  text: '本文',
  parts: '内訳',
  sections: {
    pinned: 'ピン留め',
    topic: '話題に関する記憶',
    work: '最近の決定と未解決のエラー',
    newest: '重要な記憶と最新の記憶'
  },
  counts: (included, leftOut) =>
    leftOut === 0
      ? `${counted(included, '件')}。`
      : `${counted(included, '件')}、大きさの都合で ${leftOut} 件を省略。`,
  howTo: 'どのセッションにも伝えたい記憶はピン留めしてください。',
  connect: 'アシスタントを接続'
}
