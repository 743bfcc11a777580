import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors.ts';
import { createHashQueue, type HashCaller } from './queue.ts';

/** A queue whose tasks end when the test says so, and the order in which they began. */
function startQueue({ slots = 1, maxWaiting = 100 } = {}) {
  const queue = createHashQueue({ slots, maxWaiting });
  const began: string[] = [];
  const refused: string[] = [];
  const ends: (() => void)[] = [];

  return {
    queue,
    began,
    refused,
    ask(name: string, caller: HashCaller): void {
      const task = () => {
        began.push(name);
        return new Promise<void>((end) => ends.push(end));
      };
      queue.run(task, caller).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'BUSY', details: { retryAfterSeconds: 5 } });
        expect(error).toBeInstanceOf(AppError);
        refused.push(name);
      });
    },
    /** Lets every task end, one after another. */
    async drain(): Promise<void> {
      await Promise.resolve();
      for (let end = ends.shift(); end; end = ends.shift()) {
        end();
        await new Promise(setImmediate);
      }
    },
  };
}

const many = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('the queue of hashes', () => {
  it('serves networks in turn, each in its own order', async () => {
    const { ask, drain, began } = startQueue();
    for (const name of many('a', 4)) ask(name, { network: 'a' });
    for (const name of many('b', 2)) ask(name, { network: 'b' });
    ask('c0', { network: 'c' });
    await drain();
    expect(began).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1', 'a3']);
  });

  it('lets a known device of the account go before a hundred strangers', async () => {
    const { ask, drain, began } = startQueue({ slots: 2 });
    for (const name of many('flood', 100)) ask(name, { network: 'flood' });
    ask('owner', { network: 'flood', knownAccount: 'ada' });
    await drain();
    expect(began.indexOf('owner')).toBe(2);
    expect(began).toHaveLength(101);
  });

  it('gives known devices every second start at most while others wait', async () => {
    const { ask, drain, began } = startQueue();
    for (const name of many('known', 4)) ask(name, { network: 'a', knownAccount: 'ada' });
    for (const name of many('other', 3)) ask(name, { network: 'b' });
    await drain();
    expect(began).toEqual(['known0', 'other0', 'known1', 'other1', 'known2', 'other2', 'known3']);
  });

  it('serves the accounts of known devices in turn, from however many networks one calls', async () => {
    const { ask, drain, began } = startQueue();
    for (const name of many('mallory', 5)) ask(name, { network: name, knownAccount: 'mallory' });
    ask('ada', { network: 'a', knownAccount: 'ada' });
    await drain();
    expect(began.indexOf('ada')).toBe(2);
  });

  it('refuses one network the hundred and first place', async () => {
    const { ask, drain, began, refused, queue } = startQueue({ slots: 2 });
    for (const name of many('a', 105)) ask(name, { network: 'a' });
    expect([queue.waiting, queue.refused]).toEqual([100, 3]);
    await drain();
    expect(refused).toEqual(['a102', 'a103', 'a104']);
    expect(began).toHaveLength(102);
    expect(queue.waiting).toBe(0);
  });

  it('makes room in a full queue for whoever holds less, at the cost of the newest of whoever holds most', async () => {
    const { ask, drain, began, refused, queue } = startQueue({ maxWaiting: 10 });
    for (const name of many('flood', 11)) ask(name, { network: 'flood' });
    ask('stranger', { network: 'b' });
    ask('owner', { network: 'flood', knownAccount: 'ada' });
    expect(queue.waiting).toBe(10);
    await drain();
    expect(refused).toEqual(['flood10', 'flood9']);
    expect(began.slice(0, 4)).toEqual(['flood0', 'owner', 'flood1', 'stranger']);
  });

  it('shares a full queue evenly: nobody pushes out one who holds no more', async () => {
    const { ask, drain, refused } = startQueue({ maxWaiting: 4 });
    ask('running', { network: 'x' });
    for (const name of many('a', 5)) ask(name, { network: 'a' });
    for (const name of many('b', 5)) ask(name, { network: 'b' });
    await drain();
    expect(refused.toSorted()).toEqual(['a2', 'a3', 'a4', 'b2', 'b3', 'b4']);
  });

  it('frees the slot of a task that fails', async () => {
    const queue = createHashQueue({ slots: 1, maxWaiting: 1 });
    await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await queue.run(async () => 'next')).toBe('next');
  });
});
