import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createCountersStore,
  type StreakReservation,
  type WindowReservation,
} from '../../src/infra/stores/counters-store.ts';
import { openTestDatabase } from '../../src/testing/database.ts';

const start = new Date('2026-01-01T00:00:00.000Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let connection: mongoose.Connection;
let store: ReturnType<typeof createCountersStore>;
beforeAll(async () => {
  database = await openTestDatabase();
  connection = await mongoose.createConnection(database.uri).asPromise();
  store = createCountersStore(connection);
  await store.createIndexes();
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
  await database[Symbol.asyncDispose]();
});

const newId = () => randomBytes(6).toString('hex');
const newWindow = (): WindowReservation => ({ id: newId(), most: 3, seconds: 60 });
const newStreak = (): StreakReservation => ({
  id: newId(),
  lockSeconds: new Map([
    [3, 900],
    [6, 1800],
  ]),
  final: 9,
  rememberedSeconds: 86_400,
});

describe('a window', () => {
  it('of twenty parallel calls lets its most through, and says until when it is full', async () => {
    const window = newWindow();
    const counted = await Promise.all(Array.from({ length: 20 }, () => store.reserve([window], start)));
    // A parallel first use may be refused by the very call that begins the window; it is tried again.
    const passed = counted.filter(({ refused }) => refused.size === 0).length;
    expect(passed).toBeGreaterThanOrEqual(1);
    expect(passed).toBeLessThanOrEqual(3);
    const full = await store.reserve([{ ...window, most: passed }], after(59));
    expect(full.refused.get(window.id)?.expiresAt).toEqual(after(60));
  });

  it('that is over is full until it is removed, and then begins anew', async () => {
    const window = { ...newWindow(), most: 1 };
    await store.reserve([window], start);
    expect((await store.reserve([window], after(60))).refused.size).toBe(1);
    await store.removeExpired([window.id], after(60));
    expect((await store.reserve([window], after(60))).refused.size).toBe(0);
  });

  it('that begins anew does so at once, and ends when it would have ended', async () => {
    const window = newWindow();
    for (let index = 0; index < 3; index += 1) await store.reserve([window], start);
    await store.settle({ clear: [window.id] }, after(30));
    for (let index = 0; index < 3; index += 1) {
      expect((await store.reserve([window], after(30))).refused.size).toBe(0);
    }
    expect((await store.reserve([window], after(30))).refused.get(window.id)?.expiresAt).toEqual(after(60));
  });
});

describe('a row of failures', () => {
  it('locks at its steps, for as long as each says, and for good at the last', async () => {
    const row = newStreak();
    let now = start;
    const count = async () => await store.reserve([row], now);
    for (const waitSeconds of [900, 1800]) {
      expect([(await count()).locks, (await count()).locks, (await count()).locks]).toEqual([false, false, true]);
      now = new Date(now.getTime() + (waitSeconds - 1) * 1000);
      expect((await count()).refused.size).toBe(1);
      now = new Date(now.getTime() + 1000);
    }
    expect([(await count()).locks, (await count()).locks, (await count()).locks]).toEqual([false, false, true]);
    now = new Date(now.getTime() + 400 * 86_400_000);
    expect((await count()).refused.size).toBe(1);
    await store.removeExpired([row.id], now);
    expect((await count()).refused.size).toBe(1);
    await store.settle({ clear: [row.id] }, now);
    expect((await store.find([row.id])).get(row.id)?.expiresAt).toEqual(new Date(now.getTime() + 3_600_000));
    expect((await count()).refused.size).toBe(0);
  });

  it('that was right at the step that locks does not lock', async () => {
    const row = newStreak();
    for (let index = 0; index < 3; index += 1) await store.reserve([row], start);
    await store.settle({ giveBack: [row.id] }, start);
    expect(await store.reserve([row], start)).toEqual({ locks: true, refused: new Map() });
  });

  it('that stands at a step again because an attempt was right has served its lock', async () => {
    const row = newStreak();
    for (let index = 0; index < 3; index += 1) await store.reserve([row], start);
    await store.reserve([row], after(900));
    await store.settle({ giveBack: [row.id] }, start);
    expect((await store.find([row.id])).get(row.id)?.used).toBe(3);
    expect((await store.reserve([row], after(901))).refused.size).toBe(0);
  });
});

describe('several counters', () => {
  it('are reserved by one command, and those with room are counted also where one is full', async () => {
    const [window, row, full] = [newWindow(), newStreak(), { ...newWindow(), most: 1 }];
    await store.reserve([full], start);
    const { refused } = await store.reserve([window, row, full], start);
    expect([...refused.keys()]).toEqual([full.id]);
    const found = await store.find([window.id, row.id]);
    expect([...found.values()].map(({ used }) => used)).toEqual([1, 1]);
    await store.settle({ giveBack: [window.id, row.id, row.id] }, start);
    expect([...(await store.find([window.id, row.id])).values()].map(({ used }) => used)).toEqual([0, 0]);
  });
});
