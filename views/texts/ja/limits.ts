import type { limits as english } from '../en/limits.ts'
import { counted, type Translated } from '../translated.ts'

export const limits: Translated<typeof english> = {
  summary: (reads, namespaces) =>
    `範囲を絞る：${reads ? '読み取りのみ' : '読み書き'}、${
      namespaces === null ? 'すべての記憶' : `名前空間 ${counted(namespaces, '件')}`
    }`,
  access: '許可する操作',
  full: '読み書き',
  read: '読み取りのみ',
  reach: '対象の記憶',
  all: 'すべての記憶',
  some: '次の名前空間のみ：',
  another: '別の名前空間',
  beyondHint:
    'コーディングの記録、ソースコード、ウェブはどの名前空間にも属しません。' +
    '名前空間を限定した場合、ここで許可しない限り利用できません。',
  beyond: '名前空間に属さないものも許可する',
  noNamespace: '名前空間を少なくとも 1 つ選ぶか、すべての記憶を選んでください。',
  tooManyNamespaces: '名前空間は 50 個まで、それぞれ 128 文字までです。',
  nothingLeft:
    'この設定では何も許可されません。選んだ項目はどれも名前空間に属さないためです。' +
    'すべての記憶を選ぶか、名前空間に属さないものも許可してください。'
}
