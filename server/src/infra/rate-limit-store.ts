import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { type Connection, makeIndexes } from './mongo.ts';

export interface WindowRule {
  points: number;
  seconds: number;
}

/**
 * Fixed windows that all instances share, in the collection `rate_limits`. The library reads the machine's clock itself.
 * When the database is away, `consume` and `peek` fail with the driver's error and the call is refused as `UNAVAILABLE`:
 * no limit opens because its counter cannot be read.
 */
export function createRateLimitStore(connection: Connection) {
  const shared = {
    storeClient: connection.db,
    tableName: 'rate_limits',
    disableIndexesCreation: true,
    disableIndexCreation: true,
  };
  const secondsOf = (result: RateLimiterRes) => Math.max(1, Math.ceil(result.msBeforeNext / 1000));

  return {
    createIndexes() {
      const anyWindow = new RateLimiterMongo({ ...shared, points: 1, duration: 1 });
      return makeIndexes({ collection: { name: shared.tableName }, createIndexes: () => anyWindow.createIndexes() });
    },

    /** A named window. `consume` and `peek` give the seconds to wait, 0 while there is room. */
    window(name: string, { points, seconds }: WindowRule) {
      const limiter = new RateLimiterMongo({ ...shared, keyPrefix: name, points, duration: seconds });
      return {
        async consume(key: string): Promise<number> {
          try {
            await limiter.consume(key);
            return 0;
          } catch (refusal) {
            if (refusal instanceof RateLimiterRes) return secondsOf(refusal);
            throw refusal;
          }
        },
        async peek(key: string): Promise<number> {
          const result = await limiter.get(key);
          return result && result.consumedPoints >= points ? secondsOf(result) : 0;
        },
        async clear(key: string): Promise<void> {
          await limiter.delete(key);
        },
      };
    },
  };
}

export type RateLimitStore = ReturnType<typeof createRateLimitStore>;
