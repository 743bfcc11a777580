import type { CallOptions } from './types.js';
declare const verbs: {
    readonly query: 'query';
    readonly mutate: 'mutation';
};
type Verb = keyof typeof verbs;
/** Calls a procedure by its path. */
export type CallByPath = (kind: (typeof verbs)[Verb], path: string, input: unknown, options: CallOptions) => Promise<unknown>;
/** Turns `area.name.mutate(input)` into a call by path. Nothing but names is known here: the types know the rest. */
export declare function procedureProxy(call: CallByPath, ...path: string[]): object;
export {};