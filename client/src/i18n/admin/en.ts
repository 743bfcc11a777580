import type {
  AdminUser,
  AdminUserDetails,
  CountedKind,
  OverviewRange,
  SignalKind,
} from '@latchkey/shared/admin-schemas';
import { pluralOf } from '../format.ts';
import { audit } from './audit-en.ts';

const plural = pluralOf('en');

/** Every text of administration. The other languages have the type of this one. */
export const en = {
  nav: {
    label: 'Administration',
    overview: 'Overview',
    users: 'Users',
    audit: 'Audit',
  },
  audit,
  pages: {
    label: 'Pages',
    page: (number: number) => `Page ${number}`,
    previous: 'Previous',
    next: 'Next',
    first: 'First page',
  },
  users: {
    title: 'Users',
    lead: 'Everybody who has an account here.',
    search: 'Find by username, e-mail or name',
    searchFor: 'Name or e-mail',
    found: (count: number, isMore: boolean) =>
      isMore
        ? `${count} users, and more on the next page.`
        : plural(count, { one: '1 user.', other: `${count} users.` }),
    nobody: 'Nobody is like that.',
    nobodyHere: 'Nobody is left on this page.',
    admin: 'Administrator',
    never: 'Never',
    states: { active: 'Active', disabled: 'Disabled', closed: 'Closed' } satisfies Record<AdminUser['status'], string>,
    columns: { name: 'Name', state: 'State', devices: 'Devices', lastSignIn: 'Last sign-in', joined: 'Joined' },
    filters: {
      open: (count: number) => (count > 0 ? `Filters (${count})` : 'Filters'),
      clear: 'Show everybody',
      role: 'Role',
      anyRole: 'Every role',
      roles: { user: 'Users', admin: 'Administrators' } satisfies Record<AdminUser['role'], string>,
      anyState: 'Every state',
      address: 'E-mail address',
      anyAddress: 'Every address',
      addresses: { yes: 'Confirmed', no: 'Not confirmed' },
      anyDevices: 'Signed in?',
      devices: { yes: 'Signed in', no: 'Signed in nowhere' },
      sort: 'Order',
      sorts: { date: 'Newest first', name: 'By last name' },
    },
  },
  user: {
    title: 'User',
    back: 'All users',
    gone: 'There is no such account',
    goneText: 'It may have been deleted meanwhile.',
    state: 'State',
    you: 'You',
    locked: 'Locked',
    locks: {
      'sign-in': 'Signing in is locked after too many wrong passwords.',
      confirmation: 'Confirming the password is locked after too many wrong ones.',
      code: 'Codes are locked after too many wrong ones.',
    } satisfies Record<AdminUserDetails['locks'][number]['kind'], string>,
    until: (time: string) => `Until ${time}.`,
    untilReset: 'Until the password is reset, or the account unlocked.',
    whyOut: {
      disabled: 'An administrator disabled this account: nobody can sign in to it.',
      closed:
        'This account was deleted a short while after its address changed. It stays closed until that change can no longer be undone, and goes then.',
    } satisfies Record<Exclude<AdminUser['status'], 'active'>, string>,
    passwordChanged: 'Password changed',
    id: 'ID',
    profile: 'Profile',
    devices: 'Devices',
    noDevices: 'Signed in nowhere.',
    activity: 'Last events',
    noActivity: 'Nothing has happened yet.',
    allActivity: 'All events of this account',
    by: (username: string | null) =>
      username === null ? 'By an administrator whose account is gone' : `By @${username}`,
    byTerminal: 'At the terminal of the server',
    because: (reason: string) => `“${reason}”`,
    actionsTitle: 'Actions',
    reason: 'Reason',
    reasonHint: 'It is kept in the record of what happened, and shown to other administrators only.',
    saved: 'Saved.',
    changeName: (username: string) => `Change the name of @${username}`,
    changeUsername: (username: string) => `Change the username of @${username}`,
    usernameText: 'The person is told by mail and signs in with the new one from now on.',
    changeLanguage: (username: string) => `Change the language of @${username}`,
    languageText: 'Mails to this person are written in it.',
    changeEmail: (username: string) => `Change the e-mail of @${username}`,
    email: {
      text: 'We mail a code to the new address. Its owner tells it to you, and only then the address changes. The old address can undo that for seven days.',
      same: 'That is the address already.',
      waits: (address: string) => `Waiting for the code sent to ${address}`,
      enterCode: 'Enter code',
      keep: 'Keep the old address',
      askOwner: (address: string) =>
        `A six-digit code was mailed to ${address}. Ask the person for it. With it the address changes, and every session of the account ends.`,
      later: 'Enter it later',
      changed: (address: string) => `The address is now ${address}, and every session of the account was ended.`,
    },
    typeName: (username: string) => `Type the username ${username}`,
    otherName: 'That is not the username of this account.',
    toSelf: {
      endSessions: 'This is your own account: you are signed out here as well, and have to sign in again.',
      withdraw:
        'This is your own account: you lose administration at once, and only another administrator can give it back.',
      disable:
        'This is your own account: you are signed out at once, and only another administrator can let you in again.',
      remove: 'This is your own account: you are signed out and it is gone.',
    },
    actions: {
      unlock: {
        label: 'Unlock',
        about: 'Ends locks and waits after wrong passwords and codes.',
        title: (username: string) => `Unlock @${username}?`,
        text: 'Wrong passwords and codes are forgotten, and so are the waits for new codes and mails. The person is told by mail.',
        done: (username: string) => `@${username} is unlocked.`,
      },
      sendReset: {
        label: 'Send a password reset',
        about: 'Mails a link to set a new password.',
        title: (username: string) => `Send a password reset to @${username}?`,
        text: 'A link to set a new password is mailed to the address of the account. You see neither the link nor the password.',
        done: (username: string) => `A link to set a new password is on its way to @${username}.`,
      },
      endSessions: {
        label: 'End all sessions',
        about: 'Signs the account out everywhere.',
        title: (username: string) => `End all sessions of @${username}?`,
        text: 'The account is signed out on every device with its next call. The person is told by mail and can sign in again.',
        done: (username: string) => `Every session of @${username} was ended.`,
      },
      grant: {
        label: 'Make an administrator',
        about: 'Gives the right to do what you can do here.',
        title: (username: string) => `Make @${username} an administrator?`,
        text: 'An administrator sees every account and can disable and delete it, yours too. The person is told by mail.',
        done: (username: string) => `@${username} is an administrator now.`,
      },
      withdraw: {
        label: 'Withdraw administration',
        about: 'The account stays, without administration.',
        title: (username: string) => `Withdraw administration from @${username}?`,
        text: 'The account stays as it is but can no longer administer anything. The person is told by mail.',
        done: (username: string) => `@${username} is no administrator any more.`,
      },
      enable: {
        label: 'Enable again',
        about: 'The person can sign in again.',
        title: (username: string) => `Enable @${username} again?`,
        text: 'The person can sign in again and is told so by mail. Sessions and the right of an administrator do not come back.',
        done: (username: string) => `@${username} can sign in again.`,
      },
      disable: {
        label: 'Disable',
        about: 'Shuts the account out. Can be taken back.',
        title: (username: string) => `Disable @${username}?`,
        text: 'Every session ends at once, codes and links become void, and nobody can sign in until the account is enabled again. The person is told by mail.',
        done: (username: string) => `@${username} is disabled, and every session was ended.`,
      },
      remove: {
        label: 'Delete the account',
        about: 'For good. Cannot be taken back.',
        title: (username: string) => `Delete @${username}?`,
        text: 'Profile, sessions and activity are deleted for good, and the person is told by mail. Where the address was changed during the last seven days, the account is closed until that can no longer be undone.',
        done: (username: string) =>
          `@${username} was deleted, or closed until a change of its address can no longer be undone.`,
      },
    },
  },
  overview: {
    title: 'Overview',
    lead: 'Is somebody attacking us? What happens here, hour by hour.',
    verdict: 'Whether somebody attacks',
    quiet: 'Quiet',
    quietText: 'The last hour is like this time of day on the days before.',
    quietFirstDay: 'Nothing stands out. There is no day before to compare with yet.',
    lastHour: 'In the last hour',
    inLastHour: (what: string) => `${what} in the last hour`,
    usually: (count: string | undefined) => (count === undefined ? 'usually none' : `usually about ${count}`),
    nothingUsual: 'nothing to compare with yet',
    seeEvents: 'See the events',
    about: (count: string) => `About ${count}`,
    orMore: (count: string) => `${count} or more`,
    signals: {
      failures: {
        label: 'Failed sign-ins',
        unusual: 'More failures than usual',
        count: (count: number, text: string) =>
          plural(count, { one: '1 failed sign-in', other: `${text} failed sign-ins` }),
      },
      locks: {
        label: 'Locks',
        unusual: 'More locks than usual',
        count: (count: number, text: string) => plural(count, { one: '1 lock', other: `${text} locks` }),
      },
      limitsHit: {
        label: 'Refused by a limit',
        unusual: 'More calls refused than usual',
        count: (count: number, text: string) =>
          plural(count, { one: '1 call refused by a limit', other: `${text} calls refused by a limit` }),
      },
      registrations: {
        label: 'New accounts',
        unusual: 'More new accounts than usual',
        count: (count: number, text: string) => plural(count, { one: '1 new account', other: `${text} new accounts` }),
      },
      resetsRequested: {
        label: 'Password resets asked for',
        unusual: 'More password resets asked for than usual',
        count: (count: number, text: string) =>
          plural(count, { one: '1 password reset asked for', other: `${text} password resets asked for` }),
      },
      mailsFailed: {
        label: 'Mails not sent',
        unusual: 'More mails fail than usual',
        count: (count: number, text: string) =>
          plural(count, { one: '1 attempt to send a mail failed', other: `${text} attempts to send a mail failed` }),
      },
    } satisfies Record<SignalKind, object>,
    refresh: 'Refresh',
    asOf: (time: string) => `As of ${time}`,
    present: {
      title: 'Now',
      mailServer: 'Mail server',
      mailServerOk: 'No trouble',
      mailServerAway: 'Cannot be reached',
      mailAway: 'Mail does not reach its server. Nobody gets a code, so nobody can sign in.',
      mailBacklog: 'Mails waiting',
      accounts: 'Accounts',
      disabled: 'Disabled accounts',
    },
    overTime: 'Over time',
    range: 'Range',
    ranges: { '24h': '24 hours', '7d': '7 days', '30d': '30 days' } satisfies Record<OverviewRange, string>,
    eachBar: (hours: number) =>
      plural(hours, {
        one: 'Each bar is an hour, the last one is not over yet.',
        other: `Each bar is ${hours} hours, the last one is not over yet.`,
      }),
    countedSince: (time: string) => `Counted since ${time}.`,
    charts: {
      signIns: 'Sign-ins',
      refusals: 'Locks and limits',
      accounts: 'Accounts and passwords',
      mail: 'Mail',
      backlog: 'Mail that waits',
    },
    kinds: {
      signIns: 'Signed in',
      failedPasswords: 'Wrong passwords',
      wrongCodes: 'Wrong codes',
      locks: 'Locks',
      limitsHit: 'Refused by a limit',
      registrations: 'New accounts',
      resetsRequested: 'Resets asked for',
      passwordResets: 'Passwords reset',
      mailsSent: 'Sent',
      mailsFailed: 'Failed',
    } satisfies Record<CountedKind, string>,
    mostAtOnce: 'Most at once',
    noneInRange: 'None in this time.',
    chartOf: (title: string, numbers: string) => `${title}, as bars. ${numbers}`,
    asTable: 'As a table',
    from: 'From',
  },
};

export type AdminMessages = typeof en;
