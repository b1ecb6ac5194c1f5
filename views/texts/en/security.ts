import { countOf } from '../translated.ts'

/** The security page of a person: passkeys, second factor, account at the provider. */
export const security = {
  title: 'Security',
  text: 'How you prove that it is you.',

  passkeys: 'Passkeys',
  passkeysText:
    'A passkey opens your account by fingerprint, face or PIN. Nobody can phish it, and it needs ' +
    'no password and no code.',
  noPasskeys: 'You have no passkey yet.',
  passkeyCreated: 'Created',
  passkeyUsed: 'Last used',
  passkeySynced: 'synchronised',
  passkeysUnavailable: (address: string) =>
    `Browsers offer passkeys only for https addresses and localhost. This server is at ${address}.`,
  addPasskey: 'Add a passkey',
  addPasskeyText:
    'Your device asks where to keep the passkey, and for your fingerprint, your face or its PIN.',
  passkeyName: 'Name',
  passkeyNameHint: 'By which you know it again, such as the device that keeps it.',
  passkeyNameOf: (name: string) => `Name of ${name}`,
  passkeyNameDefault: 'My passkey',
  passkeyNameFault: 'Give it a name of up to 100 characters.',
  passkeyLimit: (count: number) =>
    `You have ${countOf(count, 'passkey', 'passkeys')}. Remove one before you add another.`,
  createPasskey: 'Create passkey',
  createNeedsScript: 'Creating a passkey needs JavaScript. Turn it on for this site.',
  createFailed: 'The browser created no passkey. Try again.',
  createRefused: 'This passkey was not accepted. Try again.',
  createKnown: 'This passkey is registered already.',
  passkeyAdded: (name: string) => `The passkey ${name} is added. You can sign in with it.`,
  rename: 'Rename',
  passkeyRenamed: 'The passkey has a new name.',
  remove: 'Remove',
  removeOf: (name: string) => `Remove ${name}`,
  removePasskey: (name: string) => `Remove the passkey ${name}?`,
  removePasskeyPoint: 'It opens your account no more.',
  removePasskeyDevice: 'Your device keeps it until you delete it there too.',
  passkeyRemoved: (name: string) => `The passkey ${name} is removed.`,
  lastWay: 'This is your only way to sign in. Add another one first.',
  gone: 'It was removed already.',

  factor: 'Second factor',
  factorText:
    'After your password, an authenticator app shows a code that changes every 30 seconds. A ' +
    'stolen password alone opens nothing then.',
  factorOn: 'An authenticator app is set up.',
  factorOff: 'No authenticator app is set up.',
  factorSince: 'Set up',
  codesLeft: (count: number) => `${countOf(count, 'recovery code', 'recovery codes')} left`,
  setUp: 'Set up an app',
  newCodes: 'New recovery codes',
  turnOff: 'Turn off',
  setUpTitle: 'Set up an authenticator app',
  setUpScan: 'Scan this picture with the app on your phone.',
  setUpPicture: 'QR code for the authenticator app',
  setUpType: 'Or type this key into the app:',
  setUpConfirm: 'Then enter the code that the app shows.',
  setUpButton: 'Turn on',
  setUpExpired: 'That took too long. Scan the new picture.',
  setUpDone: 'The second factor is on. Keep the recovery codes.',
  turnOffTitle: 'Turn off the second factor?',
  turnOffPoint: 'Your password alone opens your account then.',
  turnOffCodes: 'Your recovery codes stop working.',
  turnedOff: 'The second factor is off.',
  codesTitle: 'Recovery codes',
  codesText:
    'Each code replaces the app once, for the day when you lose it. Keep them where you find ' +
    'them without your phone. They are not shown again.',
  codesNew: 'New codes replace all former ones.',
  codesButton: 'Make new codes',
  codesDone: 'I have kept them',

  provider: (provider: string) => `Account of ${provider}`,
  providerText: (provider: string) => `Sign in here with ${provider}.`,
  providerLinked: 'Linked',
  linkProvider: (provider: string) => `Link ${provider}`,
  unlink: 'Unlink',
  unlinkTitle: (provider: string) => `Unlink ${provider}?`,
  unlinkPoint: (provider: string) => `${provider} opens your account no more.`,
  linked: (provider: string) => `${provider} is linked. You can sign in with it.`,
  unlinked: (provider: string) => `${provider} is unlinked.`
}
