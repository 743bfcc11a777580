import type { ActivityItem, ActivityKind, CallOptions, Procedures } from './types.ts';

export interface ActivityOptions extends CallOptions {
  /** How many events one request brings, 1 to 100; the server's own page where nothing is said. */
  pageSize?: number | undefined;
  /** Only events of this kind. */
  kind?: ActivityKind | undefined;
}

/** Reads the account's events page by page, as far as somebody asks for them. */
export async function* listActivity(
  { listActivity: page }: Procedures['user'],
  { pageSize, kind, ...options }: ActivityOptions = {},
): AsyncGenerator<ActivityItem, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const input = {
      ...(pageSize !== undefined && { limit: pageSize }),
      ...(kind !== undefined && { kind }),
      ...(cursor && { cursor }),
    };
    const { items, nextCursor } = await page.query(input, options);
    yield* items;
    cursor = nextCursor;
  } while (cursor);
}
