import type { CallOptions } from './types.ts';

const verbs = { query: 'query', mutate: 'mutation' } as const;
type Verb = keyof typeof verbs;

/** Calls a procedure by its path. */
export type CallByPath = (
  kind: (typeof verbs)[Verb],
  path: string,
  input: unknown,
  options: CallOptions,
) => Promise<unknown>;

const isVerb = (name: string | undefined): name is Verb => name !== undefined && Object.hasOwn(verbs, name);

/** Turns `area.name.mutate(input)` into a call by path. Nothing but names is known here: the types know the rest. */
export function procedureProxy(call: CallByPath, ...path: string[]): object {
  return new Proxy(() => {}, {
    // A promise looks for `then`: this is none.
    get: (_, name) => (typeof name === 'string' && name !== 'then' ? procedureProxy(call, ...path, name) : undefined),
    apply(_, __, [input, options = {}]: [unknown, CallOptions?]) {
      const verb = path.at(-1);
      if (!isVerb(verb)) throw new TypeError(`${path.join('.')} is no call: it ends with .query() or .mutate()`);
      const procedure = path.slice(0, -1).join('.');
      return Object.assign(call(verbs[verb], procedure, input, options), { procedure });
    },
  });
}
