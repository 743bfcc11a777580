import { email as emailSchema, personName, username as usernameSchema } from '@latchkey/shared/schemas';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import type { AccountNames } from '../../infra/stores/users/user-transfer-store.ts';
import type { UsersStore } from '../../infra/stores/users/users-store.ts';
import { randomId, type System } from '../../infra/system.ts';
import { storedForm, unusable } from '../hashing/schemes.ts';
import { canonicalKey, storedNames } from '../names.ts';
import { type Candidate, type ReadRow, type Refusal, type Row, RowRefused, refusals } from './candidate.ts';

const batchSize = 200;
const maxUsernameCharacters = 150;
const maxNameCodePoints = 60;

/** A row of the file, as its reader gives it. */
type FileRow = { line: number } & ({ value: Row } | { broken: string });

/** What is told of a row: why it does not come over, or what was changed of it. */
export interface RowNote {
  line: number;
  /** The username as it stands in the row. */
  name: string;
  text: string;
}

export interface ImportSummary {
  imported: number;
  /** Came over in an earlier run. */
  present: number;
  refused: number;
  /** Rows about something else than accounts. */
  skipped: number;
}

export interface ImportOptions {
  /** Changes nothing. */
  dryRun: boolean;
  /** Takes every address as shown to be its owner's. */
  emailsVerified: boolean;
  /** Lets administrators stay administrators. */
  admins: boolean;
  /** Whether hashes of argon2 can be compared here. */
  argon2: boolean;
}

/** A row that is an account, and the account it becomes. */
interface Arrival {
  line: number;
  name: string;
  user: UserRecord;
}

/** The name as our rules have it, or what is left of it without the signs that they refuse; empty where nothing is. */
function cleanName(name: string): string {
  const parsed = personName.safeParse(name);
  if (parsed.success) return parsed.data;
  const shown = name.normalize('NFC').replaceAll(/[\p{C}\p{Zl}\p{Zp}<>]/gu, '');
  return [...shown.trim()].slice(0, maxNameCodePoints).join('').trim();
}

/** Names that our rules refuse stay valid to sign in with; they may be of Django's making, of 150 characters with `@` and `+`. */
function readUsername(username: string): Pick<UserRecord, 'username' | 'usernameKey' | 'legacyUsernameKey'> {
  const parsed = usernameSchema.safeParse(username);
  if (parsed.success) return { username: parsed.data, usernameKey: canonicalKey(parsed.data) };
  const key = canonicalKey(username);
  if (key === '') throw new RowRefused('no-username');
  if (username.length > maxUsernameCharacters || /[\p{C}\p{Zl}\p{Zp}]/u.test(username)) {
    throw new RowRefused('bad-username');
  }
  return { username, usernameKey: key, legacyUsernameKey: key };
}

function readEmail(email: string): string {
  if (email.trim() === '') throw new RowRefused('no-email');
  const parsed = emailSchema.safeParse(email);
  if (!parsed.success) throw new RowRefused('bad-email');
  return parsed.data;
}

/**
 * Brings accounts over from a file. Each is one insert, so there is never half an account; one that came over before is
 * known by its id and stays as it is, so a run that was cut off is simply run again. The unique indexes decide who has a
 * name; everything else is looked at first, to say why. Where a username of one account is the address of another, the
 * address wins, whichever stands first in the file.
 * @param rows begins at the start of the file each time it is called
 * @param promote makes an account an administrator
 * @param cost of the hash that stands in for a password that there is none of
 */
export async function importAccounts({
  rows,
  readRow,
  users,
  promote,
  system,
  cost,
  options,
  onNote,
}: {
  rows: (pass: 'first' | 'second') => AsyncIterable<FileRow>;
  readRow: ReadRow;
  users: Pick<UsersStore, 'findNamesakes' | 'insertMany'>;
  promote: (userId: string) => Promise<unknown>;
  system: System;
  cost: number;
  options: ImportOptions;
  onNote: (note: RowNote) => void;
}): Promise<ImportSummary> {
  const summary: ImportSummary = { imported: 0, present: 0, refused: 0, skipped: 0 };
  /** The line that has an address first, for every address of the file. */
  const addresses = new Map<string, number>();
  /** What rows of this run have taken, which the database need not know of yet. */
  const taken = { ids: new Set<string>(), emailKeys: new Set<string>(), nameKeys: new Set<string>() };

  function refuse(line: number, name: string, text: string): void {
    summary.refused += 1;
    onNote({ line, name, text });
  }

  function readHash({ passwordHash }: Candidate): string {
    if (passwordHash === undefined) return unusable(cost);
    const hash = storedForm(passwordHash);
    if (hash === undefined) throw new RowRefused('bad-hash');
    if (hash.includes('$argon2') && !options.argon2) throw new RowRefused('no-argon2');
    return hash;
  }

  function toUser(candidate: Candidate): UserRecord {
    const now = system.now();
    const names = readUsername(candidate.username);
    const { heldNames = [] } = candidate;
    const email = readEmail(candidate.email);
    const role = options.admins && candidate.status === 'active' ? candidate.role : 'user';
    if ((candidate.status === 'closed') !== (candidate.closedUntil !== undefined)) throw new RowRefused('no-end');
    const verifiedAt = candidate.emailVerifiedAt ?? (options.emailsVerified ? now : undefined);
    return {
      _id: candidate.id ?? randomId(system),
      ...(candidate.externalId !== null && { externalId: candidate.externalId }),
      ...names,
      nameKeys: [names.usernameKey, ...heldNames.map(({ key }) => key)],
      ...(heldNames.length > 0 && { heldNames }),
      email,
      emailKey: canonicalKey(email),
      ...storedNames({ firstName: cleanName(candidate.firstName), lastName: cleanName(candidate.lastName) }),
      locale: candidate.locale,
      ...(candidate.timeZone !== undefined && { timeZone: candidate.timeZone }),
      passwordHash: readHash(candidate),
      credentialVersion: 0,
      role,
      status: candidate.status,
      ...(verifiedAt && { emailVerifiedAt: verifiedAt }),
      // Otherwise an imported account stays, verified or not: its owner has not registered here a week ago.
      ...(candidate.unverifiedUntil &&
        !verifiedAt &&
        role === 'user' && { unverifiedUntil: candidate.unverifiedUntil }),
      ...(candidate.closedUntil && { closedUntil: candidate.closedUntil }),
      ...(candidate.lastLoginAt && { lastLoginAt: candidate.lastLoginAt }),
      createdAt: candidate.createdAt ?? now,
      sessions: [],
      emailUndos: [],
    };
  }

  /** Reads a row as an account, and tells what is to be told of it. */
  function readArrival(row: FileRow): Arrival | undefined {
    if ('broken' in row) {
      refuse(row.line, '', row.broken);
      return undefined;
    }
    const candidate = readCandidate(row);
    if (!candidate) return undefined;
    try {
      const user = toUser(candidate);
      if (user.firstName !== candidate.firstName.trim() || user.lastName !== candidate.lastName.trim()) {
        onNote({ line: row.line, name: candidate.username, text: 'comes over with a shortened or cleaned name' });
      }
      return { line: row.line, name: candidate.username, user };
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      refuse(row.line, candidate.username, error.message);
      return undefined;
    }
  }

  function readCandidate({ line, value }: { line: number; value: Row }): Candidate | undefined {
    try {
      const candidate = readRow(value);
      if (!candidate) summary.skipped += 1;
      return candidate;
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      refuse(line, '', error.message);
      return undefined;
    }
  }

  function refusalOf({ line, user }: Arrival, namesakes: AccountNames[]): Refusal | undefined {
    const { usernameKey, nameKeys = [], emailKey } = user;
    if (taken.emailKeys.has(emailKey) || namesakes.some((other) => other.emailKey === emailKey)) {
      return 'duplicate-email';
    }
    const has = (other: AccountNames, key: string) => other.usernameKey === key || other.nameKeys?.includes(key);
    if (nameKeys.some((key) => taken.nameKeys.has(key) || namesakes.some((other) => has(other, key)))) {
      return 'duplicate-username';
    }
    const owner = addresses.get(usernameKey);
    if ((owner !== undefined && owner !== line) || namesakes.some((other) => other.emailKey === usernameKey)) {
      return 'username-is-email';
    }
    return undefined;
  }

  const isPresent = ({ _id, externalId }: UserRecord, namesakes: AccountNames[]) =>
    namesakes.some((other) => other._id === _id || (externalId !== undefined && other.externalId === externalId));

  async function takeIn(arrivals: Arrival[]): Promise<void> {
    const namesakes = await users.findNamesakes({
      ids: arrivals.map(({ user }) => user._id),
      externalIds: arrivals.flatMap(({ user }) => user.externalId ?? []),
      nameKeys: arrivals.flatMap(({ user }) => user.nameKeys ?? []),
      emailKeys: arrivals.map(({ user }) => user.emailKey),
    });
    const welcome: Arrival[] = [];
    for (const arrival of arrivals) {
      const { line, name, user } = arrival;
      const id = user.externalId ?? user._id;
      const refusal = taken.ids.has(id) ? 'duplicate-id' : undefined;
      taken.ids.add(id);
      if (!refusal && isPresent(user, namesakes)) {
        summary.present += 1;
        continue;
      }
      const reason = refusal ?? refusalOf(arrival, namesakes);
      if (reason) {
        refuse(line, name, refusals[reason]);
        continue;
      }
      taken.emailKeys.add(user.emailKey);
      for (const key of user.nameKeys ?? []) taken.nameKeys.add(key);
      welcome.push(arrival);
    }
    // An administrator is made one afterwards: nothing but that puts anybody into their list.
    const asUsers = welcome.map(({ user }): UserRecord => ({ ...user, role: 'user' }));
    const lost = options.dryRun ? [] : await users.insertMany(asUsers);
    for (const [index, { line, name, user }] of welcome.entries()) {
      // Somebody registered between the look and the insert, or an account that has lapsed still has the name.
      if (lost[index] === undefined) {
        summary.imported += 1;
        if (user.role === 'admin' && !options.dryRun) await promote(user._id);
      } else refuse(line, name, refusals[lost[index] === 'emailKey' ? 'duplicate-email' : 'duplicate-username']);
    }
  }

  async function collectAddresses(): Promise<void> {
    for await (const row of rows('first')) {
      if ('broken' in row) continue;
      try {
        const key = canonicalKey(readRow(row.value)?.email ?? '');
        if (key !== '' && !addresses.has(key)) addresses.set(key, row.line);
      } catch (error) {
        if (!(error instanceof RowRefused)) throw error;
      }
    }
  }

  await collectAddresses();
  let batch: Arrival[] = [];
  for await (const row of rows('second')) {
    const arrival = readArrival(row);
    if (arrival) batch.push(arrival);
    if (batch.length === batchSize) {
      await takeIn(batch);
      batch = [];
    }
  }
  if (batch.length > 0) await takeIn(batch);
  return summary;
}
