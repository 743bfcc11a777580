import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { limitRules } from '../src/domain/limits/rules.ts';
import type { AuditErasureRecord } from '../src/infra/stores/audit-erasures-store.ts';
import type { AuditHeadRecord } from '../src/infra/stores/audit-heads-store.ts';
import type { AuditRecord } from '../src/infra/stores/audit-store.ts';
import type { ChallengeRecord } from '../src/infra/stores/challenges-store.ts';
import type { CounterRecord } from '../src/infra/stores/counters-store.ts';
import type { ExportTicketRecord } from '../src/infra/stores/export-tickets-store.ts';
import type { HourlyCountsRecord } from '../src/infra/stores/hourly-counts-store.ts';
import type { OutboxJobRecord } from '../src/infra/stores/outbox-store.ts';
import type { UserRecord } from '../src/infra/stores/users/user-record.ts';
import type { Person } from '../src/testing/people.ts';
import type { TestApp } from '../src/testing/test-app.ts';

/** What the database holds, for what no procedure shows and for what only an operator could bring about. */
export const stored = (app: Pick<TestApp, 'connection'>) => ({
  users: app.connection.collection<UserRecord>('users'),
  challenges: app.connection.collection<ChallengeRecord>('challenges'),
  outbox: app.connection.collection<OutboxJobRecord>('outbox'),
  counters: app.connection.collection<CounterRecord>('counters'),
  audit: app.connection.collection<AuditRecord>('audit'),
  auditHeads: app.connection.collection<AuditHeadRecord>('auditHeads'),
  settings: app.connection.collection<{ _id: string; ids: string[] }>('settings'),
  exportTickets: app.connection.collection<ExportTicketRecord>('exportTickets'),
  auditErasures: app.connection.collection<AuditErasureRecord>('auditErasures'),
  hourlyCounts: app.connection.collection<HourlyCountsRecord>('hourlyCounts'),
});

/** Makes the one count that stands at `from` as high as after many more calls of the same kind. */
export async function raise(
  app: Pick<TestApp, 'connection'>,
  rule: keyof typeof limitRules,
  from: number,
  to: number,
): Promise<void> {
  const counted = { _id: new RegExp(`^${rule}:`), used: from };
  const { modifiedCount } = await stored(app).counters.updateMany(counted, { $set: { used: to } });
  if (modifiedCount !== 1) throw new Error(`${modifiedCount} counts of ${rule} stood at ${from}`);
}

/** The account as it is stored. */
export async function storedUser(
  app: Pick<TestApp, 'connection'>,
  { username }: Pick<Person, 'username'>,
): Promise<UserRecord> {
  const user = await stored(app).users.findOne({ usernameKey: username.toLowerCase() });
  if (!user) throw new Error(`nobody is called ${username}`);
  return user;
}

/** Types of the account's events, oldest first. */
export async function auditTypes(app: TestApp, userId: string): Promise<string[]> {
  const events = await stored(app).audit.find({ userId }).sort({ at: 1, 'chain.place': 1 }).toArray();
  return events.map(({ type }) => type);
}

/** All mail to an address, oldest first, once nothing is waiting to be sent. */
export const mailsTo = (app: TestApp, email: string): Promise<CaughtMail[]> => app.mail.to({ email });

export const subjectsTo = async (app: TestApp, email: string): Promise<string[]> =>
  (await mailsTo(app, email)).map(({ subject }) => subject);
