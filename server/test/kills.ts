import { once } from 'node:events';
import { openDatabase } from '../src/database.ts';
import { createLogger } from '../src/infra/logger.ts';
import { createSystem } from '../src/infra/system.ts';
import { launch } from './launch.ts';
import { createMixedLoad, differences, type MixedLoad } from './mixed-load.ts';

/** Settings under which a load is not held back: what it shows is durability, not limits. */
export const loadSettings = { RATE_LIMITS: 'off', BCRYPT_COST: '4', TRUST_PROXY: '1' } as const;

/** The embedded database of a data folder, whether a server runs on it or not. */
export const openDatabaseOf = (dataDir: string) =>
  openDatabase(
    { mongodbUri: undefined, dataDir },
    { system: createSystem(), logger: createLogger('silent'), join: true },
  );

/** What the database of a data folder lacks of what was told, or has beyond it. */
export async function compare(dataDir: string, accounts: MixedLoad['accounts']): Promise<string[]> {
  const { connection, close } = await openDatabaseOf(dataDir);
  try {
    return await differences(connection, accounts);
  } finally {
    await close();
  }
}

/**
 * Kills the built server with SIGKILL in the middle of a mixed load, so many times on one data folder, and compares what it
 * had told with what it holds after each start, and at the end.
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
  for (let round = 0; round < kills; round += 1) {
    const app = launch({ ...loadSettings, DATA_DIR: dataDir });
    await app.ready;
    // What is new after each start, everything at the end.
    lost.push(...(await compare(dataDir, told.slice(compared))));
    compared = told.length;
    const load = createMixedLoad({ url: app.url(), output: app.output, namePrefix: `k${round}p` });
    const enough = callsBefore();
    const watch = setInterval(() => {
      if (load.milliseconds.length >= enough) app.child.kill('SIGKILL');
    }, 1);
    await load.run(people).finally(() => clearInterval(watch));
    told.push(...load.accounts);
    onKill();
    if (app.child.exitCode === null && app.child.signalCode === null) {
      app.child.kill('SIGKILL');
      await once(app.child, 'close');
    }
  }
  lost.push(...(await compare(dataDir, told)));
  return { told, lost };
}
