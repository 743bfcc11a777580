import type { ActivityItem, CallOptions, Procedures } from './types.js';
export interface ActivityOptions extends CallOptions {
    /** How many events one request brings, 1 to 100; the server's own page where nothing is said. */
    pageSize?: number | undefined;
}
/** Reads the account's events page by page, as far as somebody asks for them. */
export declare function listActivity({ listActivity: page }: Procedures['user'], { pageSize, ...options }?: ActivityOptions): AsyncGenerator<ActivityItem, void, undefined>;