import type { memories as english } from '../en/memories.ts'
import type { Translated } from '../translated.ts'

export const memories: Translated<typeof english> = {
  tabs: {
    label: '記憶の表示方法',
    memories: '記憶',
    timeline: 'タイムライン',
    graph: 'グラフ',
    projects: 'プロジェクト'
  }
}
