import type { AuditHeadRecord, AuditHeadsStore } from '../../infra/stores/audit-heads-store.ts';
import type { AuditRecord, AuditStore } from '../../infra/stores/audit-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import type { Rules } from '../outside.ts';
import type { Keys } from '../tokens/keys.ts';
import { createSeals, endOf, startOf } from './seals.ts';

/**
 * How a chain was found. `whole`: as it was made, up to where it was last known to reach at least. `broken`: at this place
 * something was altered, put in or taken out. `cut`: what was known to be stored is missing from this place on. `expired`:
 * the time of its events is over, whether they are all swept or not.
 */
export type ChainState =
  | { state: 'whole' }
  | { state: 'broken'; place: number; why: string }
  | { state: 'cut'; place: number }
  | { state: 'expired' };

export type ChainReport = ChainState & {
  chain: string;
  /** How many events are there. */
  events: number;
  /** How many of them have lost address and user agent, as those of deleted accounts do. */
  erased: number;
  /** Events that were under way when their process ended or lost the database, and were never known to be stored. */
  lost: number;
};

export interface DayReport {
  day: string;
  chains: ChainReport[];
  /** Events of the day that are in none of its chains. */
  unchained: number;
}

/** How far a chain reached, as somebody outside the database knows it: the log has a line for each. */
export interface Witness {
  chain: string;
  stored: number;
  mac: string;
  eventsExpireAt: Date;
}

interface Gap {
  from: number;
  to: number;
}

type Verifier = NonNullable<ReturnType<ReturnType<typeof createSeals>['verifierOf']>>;

/** Follows one chain, event by event in their order. */
class Walk {
  readonly chain: string;
  readonly #verifier: Verifier | undefined;
  /** The MACs that the events in some places must have. */
  readonly #expected = new Map<number, string>();
  #last: { place: number; mac: string } = { place: 0, mac: '' };
  #gaps: Gap[] = [];
  /** So many are known to have been stored. */
  #known = 0;
  #eventsExpireAt: Date | undefined;
  #broken: { place: number; why: string } | undefined;
  events = 0;
  erased = 0;

  /** @param expiredAt when its events would have expired by the present setting, for a chain that nobody can verify */
  constructor(chain: string, verifier: Verifier | undefined, expiredAt: Date) {
    this.chain = chain;
    this.#verifier = verifier;
    if (verifier) return;
    this.#breakAt(0, 'its key is not in AUTH_SECRETS');
    this.#eventsExpireAt = expiredAt;
  }

  #breakAt(place: number, why: string): void {
    this.#broken ??= { place, why };
  }

  expect({ stored, mac, eventsExpireAt }: Omit<Witness, 'chain'>): void {
    this.#known = Math.max(this.#known, stored);
    if (stored > 0) this.#expected.set(stored, mac);
    this.#eventsExpireAt ??= eventsExpireAt;
  }

  useHead(head: AuditHeadRecord | undefined): void {
    if (!head) this.#breakAt(0, 'its head is missing');
    else if (this.#verifier?.isSealed(head)) this.expect(head);
    else this.#breakAt(0, 'its head was altered');
  }

  /** What is wrong with an event in this place; undefined where nothing is. */
  #faultOf(event: AuditRecord): string | undefined {
    const { place, previous, mac } = event.chain;
    if (!this.#verifier?.isGenuine(event)) return 'the event was altered or put in';
    if (place <= this.#last.place) return 'the event is there twice';
    if (place === this.#last.place + 1 && previous !== this.#last.mac) return 'the event before is another one';
    return (this.#expected.get(place) ?? mac) === mac ? undefined : 'the head names another event';
  }

  step(event: AuditRecord): void {
    this.events += 1;
    const { place, settled, mac, salt } = event.chain;
    if (salt === undefined) this.erased += 1;
    if (this.#broken) return;
    const fault = this.#faultOf(event);
    if (fault !== undefined) this.#breakAt(place, fault);
    if (place > this.#last.place + 1) this.#gaps.push({ from: this.#last.place + 1, to: place - 1 });
    this.#known = Math.max(this.#known, settled);
    this.#last = { place, mac };
  }

  /** @param count how many events there are by now from one place to another: some were stored only after this passed */
  async end(now: Date, count: (gap: Gap) => Promise<number>): Promise<ChainReport> {
    const { chain, events, erased } = this;
    const report = (state: ChainState, lost = 0): ChainReport => ({ chain, events, erased, lost, ...state });
    if (this.#eventsExpireAt && this.#eventsExpireAt <= now) return report({ state: 'expired' });
    if (this.#broken) return report({ state: 'broken', ...this.#broken });
    let lost = 0;
    for (const { from, to } of this.#gaps) {
      const missingUpTo = async (end: number) => end - from + 1 - (await count({ from, to: end }));
      const known = Math.min(to, this.#known);
      if (known >= from && (await missingUpTo(known)) > 0) {
        return report({ state: 'broken', place: from, why: 'the event was taken out' });
      }
      lost += await missingUpTo(to);
    }
    if (this.#known > this.#last.place) return report({ state: 'cut', place: this.#last.place + 1 });
    return report({ state: 'whole' }, lost);
  }
}

/**
 * Verifies the events of a day, chain by chain. It may be run while events are recorded.
 * @param day in UTC, as `2026-11-25`
 * @param witnesses what the log says of chains of that day: with it also a chain that is missing with its head is found
 */
export async function verifyAuditDay(
  {
    stores: { audit, auditHeads },
    keys,
    system,
    rules: { auditDays },
  }: {
    stores: { audit: AuditStore; auditHeads: AuditHeadsStore };
    keys: Keys;
    system: Pick<System, 'now'>;
    rules: Pick<Rules, 'auditDays'>;
  },
  day: string,
  witnesses: readonly Witness[] = [],
): Promise<DayReport> {
  const seals = createSeals(keys);
  const heads = new Map((await auditHeads.listOf(day)).map((head) => [head._id, head]));
  const walks = new Map<string, Walk>();
  const expiredAt = addSeconds(endOf(day), auditDays * daySeconds);

  function walkOf(chain: string): Walk {
    const walk = walks.get(chain) ?? new Walk(chain, seals.verifierOf(chain), expiredAt);
    if (!walks.has(chain)) {
      walk.useHead(heads.get(chain));
      for (const witness of witnesses) if (witness.chain === chain) walk.expect(witness);
    }
    walks.set(chain, walk);
    return walk;
  }

  for (const chain of [...heads.keys(), ...witnesses.map((witness) => witness.chain)]) walkOf(chain);
  for await (const event of audit.streamDay(day)) walkOf(event.chain.id).step(event);

  const now = system.now();
  const chains: ChainReport[] = [];
  for (const walk of walks.values()) {
    chains.push(await walk.end(now, ({ from, to }) => audit.countLinks(walk.chain, from, to)));
  }
  return { day, chains, unchained: await audit.countUnchained(day, startOf(day), endOf(day)) };
}
