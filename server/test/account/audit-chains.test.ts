import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChains } from '../../src/domain/audit/chains.ts';
import { createSeals, dayOf } from '../../src/domain/audit/seals.ts';
import { verifyAuditDay, type Witness } from '../../src/domain/audit/verify.ts';
import { createKeys } from '../../src/domain/tokens/keys.ts';
import { createLogger } from '../../src/infra/logger.ts';
import type { AuditRecord } from '../../src/infra/stores/audit-store.ts';
import { createTestSystem } from '../../src/testing/clock.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { enterCode, login, register, tryPassword, wrongCode } from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { stored } from '../stored.ts';

const secret = randomBytes(32).toString('hex');
const origin = { ip: '203.0.113.9', userAgent: 'test' };

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ env: { AUTH_SECRETS: secret } });
});
afterAll(() => app[Symbol.asyncDispose]());

const verify = (day: string, { secrets = [secret], witnesses = [] as Witness[] } = {}) =>
  verifyAuditDay(
    { stores: app.stores, keys: createKeys(secrets), system: app.clock, rules: { auditDays: 180 } },
    day,
    witnesses,
  );

const eventsOf = (day: string): Promise<AuditRecord[]> =>
  stored(app)
    .audit.find({ 'chain.id': { $gte: `${day}.`, $lt: `${day}/` } })
    .sort({ 'chain.place': 1 })
    .toArray();

/** A day that nothing has happened on before, with so many events, their chain noted. */
async function dayWith(count: number): Promise<string> {
  app.clock.advance('1d');
  for (let index = 0; index < count; index += 1) {
    await app.services.audit.record('profile-updated', 'ada', origin, { sessionId: 's', index: String(index) });
  }
  await app.services.audit.seal();
  return dayOf(app.clock.now());
}

/** How the one chain of a day was found. */
async function stateOf(day: string, options: Parameters<typeof verify>[1] = {}) {
  const { chains, unchained } = await verify(day, options);
  expect([chains.length, unchained]).toEqual([1, 0]);
  return chains[0];
}

describe('the chain of a day', () => {
  it('is whole, whatever happens at once', async () => {
    const day = await dayWith(0);
    const person = await register(app);
    const { challengeId, code } = await login(app, person);
    await atOnce(5, () => tryPassword(app, person.username, 'a wrong password'));
    await atOnce(5, () => enterCode(app, challengeId, wrongCode(code)));
    await atOnce(100, (index) => app.services.audit.record('signed-out', `user ${index}`, origin));
    const events = await eventsOf(day);
    expect(events.length).toBeGreaterThan(110);
    expect(events.map(({ chain }) => chain.place)).toEqual(events.map((_, index) => index + 1));
    // In the order of the calls, though none waited for another to be stored.
    const parallel = events.filter(({ type }) => type === 'signed-out').map(({ userId }) => userId);
    expect(parallel).toEqual(Array.from({ length: 100 }, (_, index) => `user ${index}`));
    expect(await stateOf(day)).toMatchObject({ state: 'whole', events: events.length, erased: 0, lost: 0 });
  });

  it('shows where an event was altered, in any of its fields', async () => {
    const day = await dayWith(5);
    const events = stored(app).audit;
    const third = (await eventsOf(day))[2];
    if (!third) throw new Error('there is no third event');
    const later = new Date(third.at.getTime() + 1);
    const changes: Record<string, unknown>[] = [
      { at: later },
      { expiresAt: later },
      { type: 'signed-in' },
      { userId: 'eve' },
      { sessionId: 't' },
      { actor: 'eve' },
      { reason: 'none' },
      { 'details.index': '3' },
      { 'details.more': '' },
      { ip: '203.0.113.10' },
      { ip: '' },
      { userAgent: '' },
      { more: true },
      { 'chain.settled': 1 },
      { 'chain.previous': '' },
      { 'chain.ip': third.chain.userAgent },
      { 'chain.salt': 'another' },
      { 'chain.mac': third.chain.previous },
    ];
    for (const change of changes) {
      await app.connection.collection('audit').updateOne({ 'chain.mac': third.chain.mac }, { $set: change });
      expect(await stateOf(day), JSON.stringify(change)).toMatchObject({ state: 'broken', place: 3 });
      await events.replaceOne({ _id: third._id }, third);
      expect(await stateOf(day)).toMatchObject({ state: 'whole' });
    }
    await events.updateOne({ _id: third._id }, { $unset: { sessionId: '' } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: 3 });
  });

  it('shows where two events changed places', async () => {
    const day = await dayWith(5);
    const [, second, , fourth] = await eventsOf(day);
    if (!second || !fourth) throw new Error('there are too few events');
    await stored(app).audit.updateOne({ _id: second._id }, { $set: { 'chain.place': 4 } });
    await stored(app).audit.updateOne({ _id: fourth._id }, { $set: { 'chain.place': 2 } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: 2 });
  });

  it.each([
    [1, 1],
    [2, 2],
    [2, 4],
    [4, 4],
  ])('shows that events were taken out from place %i to %i', async (from, to) => {
    const day = await dayWith(5);
    await stored(app).audit.deleteMany({ 'chain.id': { $regex: `^${day}` }, 'chain.place': { $gte: from, $lte: to } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: from, events: 5 - (to - from + 1) });
  });

  it.each([5, 3, 1])('shows that it was cut at place %i', async (from) => {
    const day = await dayWith(5);
    await stored(app).audit.deleteMany({ 'chain.id': { $regex: `^${day}` }, 'chain.place': { $gte: from } });
    expect(await stateOf(day)).toMatchObject({ state: 'cut', place: from, events: from - 1 });
  });

  it('shows that an event was put in, wherever', async () => {
    const day = await dayWith(3);
    const [first, second] = await eventsOf(day);
    if (!first || !second) throw new Error('there are too few events');
    const events = stored(app).audit;
    const { chain, ...forged } = { ...second, _id: 'forged' };
    await events.insertOne({ ...forged, chain });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: 2 });
    await events.replaceOne({ _id: 'forged' }, { ...forged, chain: { ...chain, place: 4, previous: chain.mac } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: 4 });
    await events.replaceOne({ _id: 'forged' }, { ...forged, chain: { ...chain, id: `${chain.id}x` } });
    const [, other] = (await verify(day)).chains;
    expect(other).toMatchObject({ state: 'broken', why: 'its head is missing' });
    for (const elsewhere of ['nowhere', '2026-01-01.x.y']) {
      await events.replaceOne({ _id: 'forged' }, { ...forged, chain: { ...chain, id: elsewhere } });
      expect(await verify(day)).toMatchObject({ unchained: 1, chains: [{ state: 'whole' }] });
    }
    await events.replaceOne({ _id: 'forged' }, forged as AuditRecord);
    expect(await verify(day)).toMatchObject({ unchained: 1, chains: [{ state: 'whole' }] });
  });

  it('is whole without the addresses of whoever deleted their account', async () => {
    const day = await dayWith(2);
    const person = await app.person();
    await person.caller.user.deleteAccount({ currentPassword: person.password });
    await app.services.audit.seal();
    const events = await eventsOf(day);
    const erased = events.filter(({ ip }) => ip === '');
    expect(erased.map(({ type }) => type)).toEqual(['signed-in', 'account-deleted']);
    expect(await stateOf(day)).toMatchObject({ state: 'whole', events: events.length, erased: 2 });
    // What was erased cannot be replaced by something else.
    await stored(app).audit.updateOne({ _id: `${erased[0]?._id}` }, { $set: { ip: '203.0.113.11' } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', place: erased[0]?.chain.place });
  });

  it('has expired, swept or not, when the time of its events is over', async () => {
    const day = await dayWith(3);
    app.clock.advance('180d');
    expect(await stateOf(day)).toMatchObject({ state: 'whole' });
    app.clock.advance('1d');
    expect(await stateOf(day)).toMatchObject({ state: 'expired', events: 3 });
    const [first] = await eventsOf(day);
    await stored(app).audit.deleteOne({ _id: `${first?._id}` });
    expect(await stateOf(day)).toMatchObject({ state: 'expired', events: 2 });
    await stored(app).audit.deleteMany({ expiresAt: { $lte: app.clock.now() } });
    expect(await stateOf(day)).toMatchObject({ state: 'expired', events: 0 });
    const [head] = await stored(app).auditHeads.find({ day }).toArray();
    expect(head?.expiresAt.getTime()).toBeGreaterThan(app.clock.now().getTime());
  });

  it('does not expire because somebody says so in its head', async () => {
    const day = await dayWith(2);
    await stored(app).auditHeads.updateOne({ day }, { $set: { eventsExpireAt: new Date(0) } });
    await stored(app).audit.deleteMany({ 'chain.id': { $regex: `^${day}` } });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', why: 'its head was altered' });
  });

  it('is missed where its head is gone, and with the log where both are', async () => {
    const day = await dayWith(4);
    const line = app.log.map((entry) => JSON.parse(entry)).findLast(({ msg }) => msg === 'audit chain');
    const witness: Witness = { ...line, eventsExpireAt: new Date(line.eventsExpireAt) };
    expect(witness).toMatchObject({ chain: expect.stringContaining(day), stored: 4 });
    const [head] = await stored(app).auditHeads.find({ day }).toArray();
    await stored(app).auditHeads.deleteMany({ day });
    expect(await stateOf(day)).toMatchObject({ state: 'broken', why: 'its head is missing' });
    // An older head, which is genuine, put back to hide a cut.
    await stored(app).audit.deleteMany({ 'chain.id': witness.chain, 'chain.place': { $gt: 3 } });
    const [, , third] = await eventsOf(day);
    if (!head || !third) throw new Error('there are too few events');
    const { seal: _, ...unsealed } = { ...head, stored: 3, mac: third.chain.mac };
    await stored(app).auditHeads.insertOne(createSeals(createKeys([secret])).seal(unsealed));
    expect(await stateOf(day)).toMatchObject({ state: 'whole', events: 3 });
    expect(await stateOf(day, { witnesses: [witness] })).toMatchObject({ state: 'cut', place: 4 });
    await stored(app).audit.deleteMany({ 'chain.id': witness.chain });
    await stored(app).auditHeads.deleteMany({ day });
    expect((await verify(day)).chains).toEqual([]);
    expect(await stateOf(day, { witnesses: [witness] })).toMatchObject({ state: 'broken', why: 'its head is missing' });
  });

  it('is verified by the secret that it was made under, for as long as that is there', async () => {
    const day = await dayWith(2);
    const newer = randomBytes(32).toString('hex');
    expect(await stateOf(day, { secrets: [newer, secret] })).toMatchObject({ state: 'whole' });
    const unknown = { state: 'broken', why: expect.stringContaining('key') };
    expect(await stateOf(day, { secrets: [newer] })).toMatchObject(unknown);
    // Whoever has no key says what they like about when it ends.
    const { auditHeads } = stored(app);
    await auditHeads.updateOne({ day }, { $set: { eventsExpireAt: new Date(0) } });
    expect(await stateOf(day, { secrets: [newer] })).toMatchObject(unknown);
    app.clock.advance('181d');
    expect(await stateOf(day, { secrets: [newer] })).toMatchObject({ state: 'expired' });
  });

  it('is one for each instance', async () => {
    const day = await dayWith(1);
    const [, second] = await app.instances(2);
    await second?.services.audit.record('signed-out', 'eve', origin);
    const { chains } = await verify(day);
    expect(chains.map(({ state, events }) => [state, events])).toEqual([
      ['whole', 1],
      ['whole', 1],
    ]);
  });
});

it('an event that was stored after the verifier had passed its place is not missed', async () => {
  const day = await dayWith(5);
  const { audit, auditHeads } = app.stores;
  const passed = {
    ...audit,
    async *streamDay(of: string) {
      for await (const event of audit.streamDay(of)) if (event.chain.place !== 2) yield event;
    },
  };
  const stores = { auditHeads, audit: passed };
  const { chains } = await verifyAuditDay(
    { stores, keys: createKeys([secret]), system: app.clock, rules: { auditDays: 180 } },
    day,
  );
  expect(chains).toMatchObject([{ state: 'whole', lost: 0 }]);
});

describe('a chain that could not be stored', () => {
  it('ends before what was lost, and another one begins', async () => {
    const day = await dayWith(2);
    const outage = app.fail('mongo');
    await expect(app.services.audit.record('signed-out', 'ada', origin)).rejects.toThrow('away');
    await expect(app.services.audit.record('signed-out', 'ada', origin)).rejects.toThrow('away');
    outage.end();
    await app.services.audit.record('signed-out', 'ada', origin);
    const { chains } = await verify(day);
    expect(chains.map(({ state, events, lost }) => [state, events, lost]).toSorted()).toEqual([
      ['whole', 1, 0],
      ['whole', 2, 0],
    ]);
  });

  it('has a gap that is told from one that somebody made', async () => {
    const day = await dayWith(0);
    const seals = createSeals(createKeys([secret]));
    const stores = {
      auditHeads: app.stores.auditHeads,
      audit: {
        async insert(event: AuditRecord) {
          if (event.details.lost) throw new Error('the connection was lost');
          await app.stores.audit.insert(event);
        },
      },
    };
    const { append } = createChains({
      stores,
      seals,
      system: createTestSystem({ clock: app.clock, seed: 'a process' }),
      logger: createLogger('silent'),
      keptDays: 180,
    });
    const event = (id: string, details: Record<string, string> = {}) =>
      append({ _id: `${day} ${id}`, at: app.clock.now(), type: 'signed-out', ...origin, details });
    await event('1');
    const underWay = await Promise.allSettled([event('2', { lost: 'yes' }), event('3')]);
    expect(underWay.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await event('first of another');
    const { chains } = await verify(day);
    expect(chains.map(({ state, events, lost }) => [state, events, lost]).toSorted()).toEqual([
      ['whole', 1, 0],
      ['whole', 2, 1],
    ]);
    // The third knew that the first was stored.
    await stored(app).audit.deleteOne({ _id: `${day} 1` });
    expect((await verify(day)).chains.map(({ state }) => state).toSorted()).toEqual(['broken', 'whole']);
  });
});

it('an earlier record, in which each event expired by itself, becomes one in which days do', async () => {
  await using database = await openTestDatabase();
  await using before = await createTestApp({ env: { MONGODB_URI: database.uri } });
  const old = { _id: 'old', at: before.clock.now(), type: 'signed-in', ip: '', userAgent: '', details: {} };
  await stored(before).audit.insertOne(old as unknown as AuditRecord);
  await stored(before).audit.createIndex({ at: 1 }, { expireAfterSeconds: 180 * 86_400 });
  // Processes that start at the same time.
  const [after, ...others] = await atOnce(3, () => createTestApp({ env: { MONGODB_URI: database.uri } }));
  if (!after) throw new Error('no app has started');
  expect((await stored(after).audit.indexes()).map(({ name }) => name)).not.toContain('at_1');
  const [event] = await stored(after).audit.find({ _id: 'old' }).toArray();
  expect(Math.abs((event?.expiresAt.getTime() ?? 0) - after.clock.now().getTime() - 180 * 86_400_000)).toBeLessThan(
    60_000,
  );
  for (const each of [after, ...others]) await each[Symbol.asyncDispose]();
});
