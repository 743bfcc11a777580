import { once } from 'node:events';
import { createLogger } from '../src/infra/logger.ts';
import { connectMongo } from '../src/infra/mongo.ts';
import { type Launched, launch } from './launch.ts';
import { createMixedLoad, differences, type MixedLoad } from './mixed-load.ts';

/** Settings under which a load is not held back: what it shows is durability, not limits. */
export const loadSettings = { RATE_LIMITS: 'off', BCRYPT_COST: '4', TRUST_PROXY: '1' } as const;

/** What the database of a running server lacks of what was told, or has beyond it. */
export async function compare(app: Launched, accounts: MixedLoad['accounts']): Promise<string[]> {
  const [uri = ''] = /mongodb:\/\/127\.0\.0\.1:\d+/.exec(app.output()) ?? [];
  const { connection, close } = await connectMongo({ uri, logger: createLogger('silent') });
  try {
    return await differences(connection, accounts);
  } finally {
    await close();
  }
}

/**
 * Kills the built server with SIGKILL in the middle of a mixed load, so many times on one data folder, and compares what it
 * had told with what it holds after each start.
 * @param callsBefore after how many calls of a round it is killed
 * @param onKill hears of each
 */
export async function killAgainAndAgain({
  dataDir,
  kills,
  people = 12,
  callsBefore,
  onKill = () => undefined,
}: {
  dataDir: string;
  kills: number;
  people?: number;
  callsBefore: () => number;
  onKill?: () => void;
}) {
  const told: MixedLoad['accounts'] = [];
  const lost: string[] = [];
  let compared = 0;
  for (let round = 0; round <= kills; round += 1) {
    const app = launch({ ...loadSettings, DATA_DIR: dataDir });
    await app.ready;
    // Everything once at the end, what is new after each start.
    const due = round === kills ? told : told.slice(compared);
    lost.push(...(await compare(app, due)));
    compared = told.length;
    if (round < kills) {
      const load = createMixedLoad({ url: app.url(), output: app.output, namePrefix: `k${round}p` });
      const enough = callsBefore();
      const watch = setInterval(() => {
        if (load.milliseconds.length >= enough) app.child.kill('SIGKILL');
      }, 1);
      await load.run(people).finally(() => clearInterval(watch));
      told.push(...load.accounts);
      onKill();
    }
    if (app.child.exitCode === null && app.child.signalCode === null) {
      app.child.kill(round < kills ? 'SIGKILL' : 'SIGTERM');
      await once(app.child, 'close');
    }
  }
  return { told, lost };
}
