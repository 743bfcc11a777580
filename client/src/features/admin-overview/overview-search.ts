import type { OverviewRange } from '@latchkey/shared/admin-schemas';

export const usualRange = '24h' satisfies OverviewRange;

/** What the address of the overview says. */
export interface OverviewSearch {
  range?: Exclude<OverviewRange, typeof usualRange>;
}

/** The range of an address; the usual one is not written. */
export const readOverviewSearch = ({ range }: Record<string, unknown>): OverviewSearch =>
  range === '7d' || range === '30d' ? { range } : {};
