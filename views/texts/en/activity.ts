import { countOf } from '../translated.ts'

/** The pages below /activity: what the apps of a person called. */
export const activity = {
  title: 'Activity',
  intro: (days: number) =>
    'Which tools your apps called, with secrets removed. Only you see this. Entries are deleted ' +
    `after ${countOf(days, 'day', 'days')}.`,
  off: 'Activity logging is off on this server. You can still see and forget older entries.',
  empty: 'No call is on record. As soon as an app uses your memories, you see here what it did.',
  emptyFilter: 'No call fits these filters.',
  app: 'App',
  tool: 'Tool',
  outcome: 'Outcome',
  time: 'Time',
  allApps: 'All apps',
  allTools: 'All tools',
  anyOutcome: 'Any outcome',
  onlyOk: 'Succeeded',
  onlyFailed: 'Did not succeed',
  anyTime: 'Any time',
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'Last 7 days',
  show: 'Show',
  reset: 'Remove the filters',
  outcomes: {
    ok: 'ok',
    invalid_arguments: 'invalid arguments',
    refused: 'refused',
    forbidden: 'forbidden',
    timed_out: 'timed out',
    failed: 'failed'
  },
  milliseconds: (count: string) => `${count} ms`,
  older: 'Older calls',
  newest: 'Newest calls',
  exportTitle: 'Export or forget',
  exportHint: 'Up to 50,000 of the calls that fit the filters.',
  csv: 'Download CSV',
  json: 'Download JSON',
  forget: 'Forget calls',
  forgetApp: 'Of',
  forgetAge: 'Older than',
  anyAge: 'any age',
  ageDays: (days: number) => countOf(days, 'day', 'days'),
  forgetTitle: 'Forget all calls?',
  forgetTitleOf: (name: string) => `Forget the calls of ${name}?`,
  forgetPoint: 'The list of tools that your apps called is deleted permanently.',
  forgetPointOlder: (days: number) =>
    `Calls that are older than ${countOf(days, 'day', 'days')} are deleted permanently.`,
  forgetKeeps: 'Your memories, apps and keys stay as they are.',
  forgetButton: 'Forget the calls',
  forgotten: (count: number) =>
    count === 0
      ? 'There was no call to forget.'
      : `${countOf(count, 'call was', 'calls were')} forgotten.`,
  callTitle: (tool: string) => `A call of ${tool}`,
  via: 'Interface',
  duration: 'Duration',
  arguments: 'Arguments',
  argumentsHint: 'Long values are cut, and secrets are removed.',
  said: 'What the app was told',
  notFound: 'Call not found',
  notFoundText: 'There is no call with this number in your account.'
}
