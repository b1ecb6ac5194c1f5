import type { signIn as english } from '../en/sign-in.ts'
import { counted, type Translated } from '../translated.ts'

export const signIn: Translated<typeof english> = {
  title: 'ログイン',
  toConnect: (app) => `${app} をあなたの記憶に接続します`,
  toConnectDevice: 'デバイスをあなたの記憶に接続します',
  toSeeMemory: '開いた記憶を表示します',
  toManage: '記憶と接続済みアプリを管理します',
  setupNeeded:
    'まだアカウントがありません。サーバーの起動時に表示された、一度だけ使える設定用リンクを開いてください。',
  setupAgain:
    'リンクがない場合は、サーバーを再起動すると新しいリンクが表示されます。または、サーバーのフォルダーでコマンドを実行してアカウントを作成してください。',
  setupDone: '完了しました',
  forgotPassword: 'パスワードを忘れた場合は、サーバーの管理者に再設定を依頼してください。',
  waitSeconds: (count) =>
    `試行回数が多すぎます。${counted(count, '秒')}待ってから、もう一度お試しください。`,
  waitMinutes: (count) =>
    `試行回数が多すぎます。${counted(count, '分')}待ってから、もう一度お試しください。`,
  wrongPassword: 'メールアドレスまたはパスワードが違います。',
  unreadable: 'メールアドレスまたはパスワードの形式が正しくありません。',
  or: 'または',
  withPasskey: 'パスキーを使う',
  withProvider: (provider) => `${provider} で続ける`,
  otherWay: '別の方法でログイン',

  passkeyTitle: 'パスキーを使う',
  passkeyText: 'デバイスが指紋、顔、または PIN を求めます。',
  passkeyButton: 'パスキーを使う',
  passkeyNeedsScript:
    'パスキーには JavaScript が必要です。このサイトで有効にするか、別の方法でログインしてください。',
  passkeyElsewhere: (address) => `このサーバーのパスキーは ${address} でのみ使えます。`,
  passkeyFailed: 'パスキーは使われませんでした。もう一度試すか、別の方法でログインしてください。',
  passkeyRefused:
    'このパスキーは受け付けられませんでした。もう一度試すか、別の方法でログインしてください。',
  passkeyUnknown: 'このパスキーは登録されていません。削除された可能性があります。',
  passkeyExpired: '時間切れか、すでに使われたページです。もう一度お試しください。',

  codeTitle: 'コードを入力',
  codeText: '認証アプリを開き、表示された 6 桁の数字を入力してください。',
  codeLabel: 'コード',
  codeHint: 'アプリがない場合は、リカバリーコードを入力してください。',
  codeButton: '続ける',
  codeWrong: 'コードが違います。アプリに今表示されているコードを入力してください。',
  codeUsed: 'このコードは使用済みです。次のコードを待ってください。',
  codeExpired: '時間切れです。最初からやり直してください。',
  codeLost: 'アプリもコードもない場合は、サーバーの管理者に相談してください。',

  linkTitle: 'あなたのアカウントですか？',
  linkText: (provider) =>
    `同じメールアドレスのアカウントがあります。一度パスワードを入力すると、次回から ${provider} でログインできます。`,
  linkButton: '連携してログイン',
  linkWithoutPassword: (provider) =>
    `同じメールアドレスのアカウントがありますが、パスワードが設定されていません。パスキーでログインし、「設定」の「セキュリティ」で ${provider} を連携してください。`,
  linkExpired: '時間切れです。最初からやり直してください。',

  again: '本人確認',
  againText: 'これは重要な操作です。最後のログインから 10 分以上経過しています。',
  againPassword: 'パスワード',
  againWrong: 'パスワードが違います。',
  againNoWay: '続けるには、一度ログアウトしてから、もう一度ログインしてください。',
  againAs: (email) => `${email} としてログインしています。`,

  providerTitle: 'ログインできませんでした',
  providerWrong: (provider) =>
    `${provider} の応答が無効か、すでに使われています。もう一度ログインしてください。`,
  providerDenied: (provider) => `${provider} がログインを拒否しました。`,
  providerAway: (provider) =>
    `現在 ${provider} に接続できません。もう一度試すか、別の方法でログインしてください。`,
  providerOld: (provider) =>
    `${provider} が再ログインを求めませんでした。そちらでログアウトするか、別の方法で確認してください。`,
  providerUnverified: (provider) =>
    `${provider} でメールアドレスが確認されていません。先にそちらで確認してください。`,
  providerNoEmail: (provider) => `${provider} からメールアドレスを取得できませんでした。`,
  emailDenied: 'このメールアドレスではログインできません。サーバーの管理者に相談してください。',
  subjectChanged: (provider) =>
    `このアカウントは、${provider} の別のアカウントと連携しています。別の方法でログインし、「設定」の「セキュリティ」で連携を解除してください。`,
  noAccount: 'アカウントがありません。サーバーの管理者に招待を依頼してください。',
  disabled: 'アカウントは無効です。サーバーの管理者に相談してください。',
  identityTaken: (provider) =>
    `この ${provider} のアカウントは別のアカウントと連携済みか、すでに連携しているアカウントがあります。`,
  anotherIdentity: (provider) => `連携した ${provider} のアカウントと異なります。`
}
