import type { clients as english } from '../en/clients.ts'
import { counted, type Translated } from '../translated.ts'

export const clients: Translated<typeof english> = {
  title: 'クライアント',
  intro: 'アクセスを求めることができるアプリです。多くのアプリは接続時に自己登録します。',
  register: 'アプリを登録',
  registerIntro: '自己登録できないアプリのためのページです。ChatGPT と Claude は自己登録できます。',
  searchLabel: '名前または ID',
  empty: '登録されたアプリはまだありません。誰かが接続すると、ここに表示されます。',
  noMatch: 'この名前または ID のアプリはありません。',
  registrations: {
    operator: '管理者が登録',
    dynamic: '自己登録',
    metadata_document: 'ウェブページによる登録'
  },
  disabled: '無効',
  enabled: '有効',
  lastUsed: '最終利用',
  neverUsed: '利用なし',
  clientId: 'クライアント ID',
  registered: (name) => `${name} を登録しました。`,
  registeredAt: '登録',
  connections: '接続数',
  showEvents: 'このアプリのイベントを表示',
  redirectUris: 'リダイレクト URI',
  urisHint: '1 行に 1 つ。ログイン後に戻る場所です。',
  scopes: 'アプリが得られる最大のアクセス',
  authMethod: 'アプリの認証方法',
  authMethods: {
    client_secret_post: 'フォームのシークレット',
    client_secret_basic: 'ヘッダーのシークレット',
    none: 'シークレットなし（PKCE のみ）'
  },
  templates: { chatgpt: 'ChatGPT', claude: 'Claude', custom: '別のアプリ' },
  secret: 'クライアントシークレット',
  secretText: '新しいシークレットは一度だけ表示されます。古いものをしばらく有効にできます。',
  formerUntil: '以前のシークレットの有効期限:',
  overlap: '古いシークレット',
  overlaps: {
    s0: 'すぐに無効',
    s3600: '1 時間有効',
    s86400: '1 日有効',
    s604800: '1 週間有効'
  },
  rotate: '新しいシークレットを作成',
  rotated: (works) =>
    works
      ? '新しいシークレットが有効です。古いものもしばらく使えます。'
      : '新しいシークレットだけが有効です。',
  noSecret: 'このアプリにはシークレットがありません。',
  access: 'アクセス',
  disable: '無効にする',
  enable: '有効にする',
  disableText: '無効にすると、アプリとそのトークンは次のリクエストから拒否されます。',
  enableText: '有効にすると、アプリとその接続が再び使えます。',
  isDisabled: 'アプリを無効にしました。',
  isEnabled: 'アプリを再び有効にしました。',
  saved: '保存しました。次のリクエストから有効です。',
  describedElsewhere:
    'このアプリの情報は、アプリ自身のウェブページから読み込まれます。変更はそちらで行ってください。',
  deleteTitle: (name) => `アプリ ${name} を削除しますか？`,
  deleteGrants: (count) => `${counted(count, '件')}の接続がすぐに終了します。`,
  deleteStay: '保存された内容は残ります。削除は元に戻せません。',
  deleted: (name, grants) => `${name} を削除しました（接続 ${counted(grants, '件')}）。`,
  nameFault: '200 文字以内の名前を入力してください。',
  uriMissing: 'リダイレクト URI を 1 つ以上入力してください。',
  tooManyUris: 'リダイレクト URI は 20 個までです。',
  uriFault: (uri, fault) => `${uri}: ${fault}`,
  scopeMissing: 'スコープを 1 つ以上選んでください。',
  authMethodMissing: 'アプリの認証方法を選んでください。',
  unknown: 'アプリがありません',
  unknownText: 'この ID のアプリはありません。'
}
