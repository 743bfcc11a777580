/** An operation of the database took too long to wait for; whether it takes effect later is not known. */
class DatabaseTimeoutError extends Error {
  override name = 'DatabaseTimeoutError';
}

async function within<Result>(milliseconds: number, result: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DatabaseTimeoutError(`The database did not answer within ${milliseconds} ms.`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same operations, each of which rejects with a `DatabaseTimeoutError` after `milliseconds`: waiting for a server, for a
 * connection, for the reply and for the driver's second try included. (The driver has no end for all of them together.)
 * What is read as a stream takes as long as it takes.
 * @param observe hears of each operation by its name and how long it took, in seconds, however it ended
 */
export function withDeadline<Operations extends object>(
  operations: Operations,
  milliseconds: number,
  observe: (operation: string, seconds: number) => void = () => undefined,
): Operations {
  const bounded = Object.entries(operations).map(([name, operation]) => {
    if (typeof operation !== 'function') return [name, operation];
    return [
      name,
      (...values: unknown[]) => {
        const began = performance.now();
        const result: unknown = Reflect.apply(operation, operations, values);
        if (!(result instanceof Promise)) return result;
        return within(milliseconds, result).finally(() => observe(name, (performance.now() - began) / 1_000));
      },
    ];
  });
  return Object.fromEntries(bounded) as Operations;
}
