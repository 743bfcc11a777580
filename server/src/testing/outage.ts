import type { Mailer } from '../infra/mailer.ts';
import type { Connection } from '../infra/mongo.ts';

/** A driver's error of the kind that it throws when no server can be reached. */
function unreachable(): Error {
  const error = new Error('the database is away, as the test wants it');
  error.name = 'MongoServerSelectionError';
  return error;
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED, as the test wants it'), { code: 'ECONNECTION' });
}

/** Replaces a method of an object until the returned function puts it back. */
function replace<Name extends string>(target: { [name in Name]: unknown }, name: Name, by: unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value: by, configurable: true, writable: true });
  return () => {
    if (original) Object.defineProperty(target, name, original);
    else delete (target as Partial<Record<Name, unknown>>)[name];
  };
}

/** The database is away; the mail server refuses connections; the mail server takes a mail and never replies. */
type Outage = 'mongo' | 'smtp' | 'smtp-hangs';

/**
 * Takes the database or the mail server away, at the last step before the network: what is under way ends, what comes
 * after meets the error of a server that cannot be reached. The returned outage ends with `end()` or at the end of its block.
 */
export function createOutages({ connection, mailer }: { connection: Connection; mailer: Mailer }) {
  function begin(what: Outage): () => void {
    if (what === 'smtp-hangs') {
      const ended = new AbortController();
      const hang = () => new Promise((_, reject) => ended.signal.addEventListener('abort', () => reject(refused())));
      const mend = replace(mailer, 'send', hang);
      return () => {
        mend();
        ended.abort();
      };
    }
    if (what === 'smtp') return replace(mailer, 'send', () => Promise.reject(refused()));
    // Every operation of the driver begins with choosing a server.
    const { topology } = connection.getClient() as unknown as { topology: { selectServer: unknown } };
    return replace(topology, 'selectServer', () => Promise.reject(unreachable()));
  }

  return {
    fail(what: Outage) {
      const end = begin(what);
      return { end, [Symbol.dispose]: end };
    },
  };
}
