import { countOf } from '../translated.ts'

/** Signing in, its steps, and proving it again. */
export const signIn = {
  title: 'Sign in',
  toConnect: (app: string) => `to connect ${app} to your memories`,
  toConnectDevice: 'to connect a device to your memories',
  toSeeMemory: 'to see the memory that you opened',
  toManage: 'to manage your memories and connected apps',
  setupNeeded:
    'There is no account yet. Open the one-time set-up link that the server printed at its start.',
  setupAgain:
    'If you do not have the link, restart the server: it prints a fresh one. Or create an ' +
    'account from the command line, in the folder of the server:',
  setupDone: 'I have done that',
  forgotPassword: 'Forgot your password? Ask your server administrator to reset it.',
  waitSeconds: (count: number) =>
    `Too many attempts. Wait ${countOf(count, 'second', 'seconds')}, then try again.`,
  waitMinutes: (count: number) =>
    `Too many attempts. Wait ${countOf(count, 'minute', 'minutes')}, then try again.`,
  wrongPassword: 'Email or password is wrong.',
  unreadable: 'That is not a valid email address or password.',
  or: 'or',
  withPasskey: 'Use a passkey',
  withProvider: (provider: string) => `Continue with ${provider}`,
  otherWay: 'Sign in another way',

  passkeyTitle: 'Use a passkey',
  passkeyText: 'Your device asks for your fingerprint, your face or its PIN.',
  passkeyButton: 'Use a passkey',
  passkeyNeedsScript: 'Passkeys need JavaScript. Turn it on for this site, or sign in another way.',
  passkeyElsewhere: (address: string) => `Passkeys of this server work at ${address} only.`,
  passkeyFailed: 'The browser used no passkey. Try again, or sign in another way.',
  passkeyRefused: 'This passkey was not accepted. Try again, or sign in another way.',
  passkeyUnknown: 'This server does not know that passkey. It may have been removed.',
  passkeyExpired: 'That took too long, or the page was used before. Try again.',

  codeTitle: 'Enter your code',
  codeText: 'Open your authenticator app and enter the six digits that it shows.',
  codeLabel: 'Code',
  codeHint: 'Without the app, enter one of your recovery codes.',
  codeButton: 'Continue',
  codeWrong: 'This code is not right. Enter the one that the app shows now.',
  codeUsed: 'This code was used already. Wait for the next one.',
  codeExpired: 'Your sign-in took too long. Start again.',
  codeLost: 'Lost the app and the codes? Ask your server administrator.',

  linkTitle: 'Is this account yours?',
  linkText: (provider: string) =>
    `An account with your email address exists here. Enter its password once, and ${provider} ` +
    'opens it from then on.',
  linkButton: 'Link and sign in',
  linkWithoutPassword: (provider: string) =>
    `An account with your email address exists here, and it has no password. Sign in with its ` +
    `passkey, then link ${provider} under Settings, Security.`,
  linkExpired: 'That took too long. Start again.',

  again: 'Is it you?',
  againText:
    'What you are about to do is sensitive, and your last sign-in is more than ten minutes ago.',
  againPassword: 'Password',
  againWrong: 'The password is not right.',
  againNoWay: 'Sign out and sign in again to continue.',
  againAs: (email: string) => `You are signed in as ${email}.`,

  providerTitle: 'This sign-in did not work',
  providerWrong: (provider: string) =>
    `The answer of ${provider} is not valid, or it was used before. Sign in again.`,
  providerDenied: (provider: string) => `${provider} did not let you in.`,
  providerAway: (provider: string) =>
    `${provider} cannot be reached at the moment. Try again, or sign in another way.`,
  providerOld: (provider: string) =>
    `${provider} did not ask you to sign in again. Sign out there, or prove it another way.`,
  providerUnverified: (provider: string) =>
    `${provider} says that your email address is not verified. Verify it there first.`,
  providerNoEmail: (provider: string) => `${provider} did not tell your email address.`,
  emailDenied: 'Your email address may not sign in here. Ask your server administrator.',
  subjectChanged: (provider: string) =>
    `Your account here belongs to another account of ${provider}. Sign in another way, and ` +
    'unlink that one under Settings, Security.',
  noAccount: 'There is no account for you here. Ask your server administrator to invite you.',
  disabled: 'Your account is disabled. Ask your server administrator.',
  identityTaken: (provider: string) =>
    `This account of ${provider} is linked to another account here, or you have linked one ` +
    'already.',
  anotherIdentity: (provider: string) => `This is not the account of ${provider} that you linked.`
}
