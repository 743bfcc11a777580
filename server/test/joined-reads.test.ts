import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserRecord } from '../src/infra/stores/users/user-record.ts';
import { createUsersStore, type UsersStore } from '../src/infra/stores/users/users-store.ts';
import { changeUri, openTestDatabase } from '../src/testing/database.ts';
import { createTestApp, type TestApp } from '../src/testing/test-app.ts';
import { type SignedIn, signUp } from './flows.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let app: TestApp;
let users: UsersStore;
let people: SignedIn[];
/** How many accounts each query of the accounts asked for. */
let queries: number[];

beforeAll(async () => {
  database = await openTestDatabase();
  app = await createTestApp({
    env: { MONGODB_URI: changeUri(database.uri, { options: { monitorCommands: 'true' } }) },
  });
  users = createUsersStore(app.connection);
  people = [await signUp(app), await signUp(app), await signUp(app)];
  queries = [];
  app.connection.getClient().on('commandStarted', ({ commandName, command }) => {
    const ids: unknown[] | undefined = commandName === 'find' ? command.filter._id?.$in : undefined;
    if (ids) queries.push(ids.length);
  });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** The session of somebody, read from the token. */
function sessionOf(person: SignedIn | undefined) {
  const [, payload = ''] = person?.accessToken.split('.') ?? [];
  const { sub, sid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string; sid: string };
  return { userId: sub, sessionId: sid };
}

const find = ({ userId, sessionId }: { userId: string; sessionId: string }) =>
  users.findSignedIn(userId, sessionId, app.clock.now());

async function counting<Result>(work: () => Promise<Result>): Promise<{ result: Result; asked: number[] }> {
  queries.length = 0;
  const result = await work();
  return { result, asked: [...queries] };
}

describe('reads of who is signed in', () => {
  it('share one query when they come in one turn of the event loop, each with its own account', async () => {
    const { result, asked } = await counting(() => Promise.all(people.map((person) => find(sessionOf(person)))));
    expect(result.map((user) => user?.username)).toEqual(people.map(({ username }) => username));
    expect(asked).toEqual([people.length]);
  });

  it('ask once for an account that several calls need', async () => {
    const [person] = people;
    const { result, asked } = await counting(() => Promise.all([1, 2, 3].map(() => find(sessionOf(person)))));
    expect(result.map((user) => user?.username)).toEqual(Array(3).fill(person?.username));
    expect(asked).toEqual([1]);
  });

  it('keep nothing: a later call asks again and sees what has changed', async () => {
    const person = await signUp(app);
    const before = await counting(() => find(sessionOf(person)));
    expect(before.result?.username).toBe(person.username);
    await users.endSession(sessionOf(person).userId, sessionOf(person).sessionId);
    const after = await counting(() => find(sessionOf(person)));
    expect(after).toEqual({ result: null, asked: [1] });
  });

  it('ask for at most a hundred accounts at once', async () => {
    const strangers = Array.from({ length: 249 }, (_, index) => ({ userId: `stranger-${index}`, sessionId: 'none' }));
    const { result, asked } = await counting(() => Promise.all([...strangers, sessionOf(people[0])].map(find)));
    expect(asked).toEqual([100, 100, 50]);
    expect(result.filter((user): user is UserRecord => user !== null).map(({ username }) => username)).toEqual([
      people[0]?.username,
    ]);
  });

  it('fail alone: an id of nobody, a session of somebody else, one that has expired', async () => {
    const [first, second] = people.map(sessionOf);
    const now = app.clock.now();
    const aMonth = new Date(now.getTime() + 31 * 86_400_000);
    const results = await Promise.all([
      users.findSignedIn('$where', '', now),
      users.findSignedIn(`${first?.userId}`, `${second?.sessionId}`, now),
      users.findSignedIn(`${first?.userId}`, `${first?.sessionId}`, aMonth),
      users.findSignedIn(`${first?.userId}`, `${first?.sessionId}`, now),
    ]);
    expect(results.map((user) => user?._id)).toEqual([undefined, undefined, undefined, first?.userId]);
  });
});
