import { addressText } from '../../components/address-text.ts';

/** Which events the page shows, as the address says it. What is not there is not asked for. */
export interface AuditSearch {
  /** The account that it happened to. */
  user?: string | undefined;
  /** Who did it; `cli` is the terminal of the server. */
  by?: string | undefined;
  type?: string | undefined;
  /** Moments in ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
  /** The cursor of the page. */
  after?: string | undefined;
}

function momentOf(value: unknown): string | undefined {
  const text = addressText(value);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** Reads an address that anybody may have typed. */
export const readAuditSearch = (given: Record<string, unknown>): AuditSearch => ({
  user: addressText(given.user),
  by: addressText(given.by),
  type: addressText(given.type),
  from: momentOf(given.from),
  to: momentOf(given.to),
  after: addressText(given.after),
});

export const countFilters = ({ user, by, type, from, to }: AuditSearch): number =>
  [user, by, type, from, to].filter((value) => value !== undefined).length;
