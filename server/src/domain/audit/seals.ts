import type { KeyObject } from 'node:crypto';
import type { AuditHeadRecord } from '../../infra/stores/audit-heads-store.ts';
import type { AuditLink, AuditRecord } from '../../infra/stores/audit-store.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import { hmac, type Keys, sameMac } from '../tokens/keys.ts';

/** The day of a moment, in UTC, as `2026-11-25`. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

export const startOf = (day: string): Date => new Date(`${day}T00:00:00.000Z`);
export const endOf = (day: string): Date => addSeconds(startOf(day), daySeconds);

/** JSON in which the order of fields says nothing. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join()}}`;
}

type Origin = Pick<AuditRecord, 'ip' | 'userAgent'>;

const commitmentOf = (key: KeyObject, { id, place, salt }: Partial<AuditLink>, what: keyof Origin, value: string) =>
  hmac(key, ['origin', id, place, salt, what, value].join('\n'));

/** Everything of the event but what may be erased: of that its commitments. */
function macOf(key: KeyObject, { ip: _ip, userAgent: _userAgent, chain, ...event }: AuditRecord): string {
  const { mac: _mac, salt: _salt, ...link } = chain;
  return hmac(key, canonical(['event', link, event]));
}

const sealOf = (key: KeyObject, { seal: _seal, ...head }: AuditHeadRecord): string =>
  hmac(key, canonical(['head', head]));

/**
 * What binds events to their place. The id of a chain names its day and its key, so that it can be verified for as long as
 * that key stands in `AUTH_SECRETS`.
 */
export function createSeals(keys: Keys) {
  const { current, find } = keys('audit-chain');

  return {
    chainId: (day: string, random: string): string => `${day}.${current.kid}.${random}`,

    /** The event in its place, with its MAC. */
    link(event: Omit<AuditRecord, 'chain'>, place: Omit<AuditLink, 'ip' | 'userAgent' | 'mac'>): AuditRecord {
      const { key } = current;
      const ip = commitmentOf(key, place, 'ip', event.ip);
      const userAgent = commitmentOf(key, place, 'userAgent', event.userAgent);
      const linked = { ...event, chain: { ...place, ip, userAgent, mac: '' } };
      return { ...linked, chain: { ...linked.chain, mac: macOf(key, linked) } };
    },

    seal: (head: Omit<AuditHeadRecord, 'seal'>): AuditHeadRecord => ({
      ...head,
      seal: sealOf(current.key, { ...head, seal: '' }),
    }),

    /** Checks events and heads of one chain; undefined where none of our keys made it. */
    verifierOf(chainId: string) {
      const key = find(chainId.split('.')[1])?.key;
      if (!key) return undefined;
      return {
        isGenuine(event: AuditRecord): boolean {
          const { chain, ip, userAgent } = event;
          if (!sameMac(chain.mac, macOf(key, event))) return false;
          if (chain.salt === undefined) return ip === '' && userAgent === '';
          return (
            sameMac(chain.ip, commitmentOf(key, chain, 'ip', ip)) &&
            sameMac(chain.userAgent, commitmentOf(key, chain, 'userAgent', userAgent))
          );
        },
        isSealed: (head: AuditHeadRecord): boolean => sameMac(head.seal, sealOf(key, head)),
      };
    },
  };
}

export type Seals = ReturnType<typeof createSeals>;
