import { AsyncResource } from 'node:async_hooks';
import type { Logger } from '../../infra/logger.ts';
import type { AuditHeadsStore } from '../../infra/stores/audit-heads-store.ts';
import type { AuditRecord, AuditStore } from '../../infra/stores/audit-store.ts';
import { randomId, type System } from '../../infra/system.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import { dayOf, endOf, type Seals } from './seals.ts';

/** Heads are written this long after an event, at most, for all events since. */
const sealMilliseconds = 10_000;
/** For so long after the events of a day it can be told that they expired. */
const headDays = 365;

type Event = Omit<AuditRecord, 'chain' | 'expiresAt'>;

/** One chain, as the process that makes it knows it. */
interface Chain {
  id: string;
  day: string;
  eventsExpireAt: Date;
  /** The events that have a place, stored or not. */
  length: number;
  lastMac: string;
  /** The events that are stored, from the first on without a gap. */
  stored: number;
  storedMac: string;
  /** Events that were stored before one of those in front of them, by place. */
  early: Map<number, string>;
  /** Its head is there. */
  begun: Promise<void>;
}

/**
 * Gives events their place in a chain: one for each day and process. The place and the MAC of the event before are kept in
 * memory, so that parallel events have one order and none waits for another to be stored. What is not acknowledged ends
 * the chain, and what follows begins another: a chain is open at its end only.
 */
export function createChains({
  stores,
  seals,
  system,
  logger,
  keptDays,
}: {
  stores: { audit: Pick<AuditStore, 'insert'>; auditHeads: Pick<AuditHeadsStore, 'put'> };
  seals: Seals;
  system: System;
  logger: Logger;
  keptDays: number;
}) {
  let current: Chain | undefined;
  const unsealed = new Set<Chain>();
  let timer: NodeJS.Timeout | undefined;

  const headOf = ({ id, day, stored, storedMac, eventsExpireAt }: Omit<Chain, 'begun'>) =>
    seals.seal({
      _id: id,
      day,
      stored,
      mac: storedMac,
      eventsExpireAt,
      expiresAt: addSeconds(eventsExpireAt, headDays * daySeconds),
    });

  function begin(day: string): Chain {
    const chain = {
      id: seals.chainId(day, randomId(system)),
      day,
      eventsExpireAt: addSeconds(endOf(day), keptDays * daySeconds),
      length: 0,
      lastMac: '',
      stored: 0,
      storedMac: '',
      early: new Map<number, string>(),
    };
    return { ...chain, begun: stores.auditHeads.put(headOf(chain)) };
  }

  /** Writes the heads of all chains that have grown, and tells the log. */
  async function seal(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    for (const chain of unsealed) {
      unsealed.delete(chain);
      const head = headOf(chain);
      try {
        await stores.auditHeads.put(head);
        const { _id, stored, mac, eventsExpireAt } = head;
        logger.info({ chain: _id, stored, mac, eventsExpireAt }, 'audit chain');
      } catch (error) {
        unsealed.add(chain);
        sealLater();
        logger.warn({ err: error }, 'the head of an audit chain was not stored');
        return;
      }
    }
  }

  // In the context of whoever made this: what comes later belongs to no call.
  const sealLater = AsyncResource.bind(() => {
    timer ??= setTimeout(() => void seal(), sealMilliseconds).unref();
  });

  function noteStored(chain: Chain, place: number, mac: string): void {
    chain.early.set(place, mac);
    for (let next = chain.early.get(chain.stored + 1); next !== undefined; next = chain.early.get(chain.stored + 1)) {
      chain.stored += 1;
      chain.storedMac = next;
      chain.early.delete(chain.stored);
    }
    unsealed.add(chain);
    sealLater();
  }

  /** The event in the next place of its chain. Nothing waits in here, so events get their places in the order of the calls. */
  function place(event: Event): { chain: Chain; linked: AuditRecord } {
    const day = dayOf(event.at);
    if (current?.day !== day) current = begin(day);
    const chain = current;
    const { id, length, stored: settled, lastMac: previous, eventsExpireAt: expiresAt } = chain;
    const salt = randomId(system);
    const linked = seals.link({ ...event, expiresAt }, { id, place: length + 1, settled, previous, salt });
    chain.length += 1;
    chain.lastMac = linked.chain.mac;
    return { chain, linked };
  }

  return {
    /** Stores an event in its place. */
    async append(event: Event): Promise<void> {
      const { chain, linked } = place(event);
      try {
        await chain.begun;
        await stores.audit.insert(linked);
      } catch (error) {
        if (current === chain) current = undefined;
        throw error;
      }
      noteStored(chain, linked.chain.place, linked.chain.mac);
    },

    seal,
  };
}
