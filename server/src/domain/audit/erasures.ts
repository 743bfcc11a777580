import type { System } from '../../infra/system.ts';
import type { Stores } from '../outside.ts';

/** Longer than the database takes to sweep an account away: none is looked at twice for that. */
const lookMilliseconds = 10 * 60_000;
const accountsAtOnce = 100;

/**
 * Erases where events came from once their account has ended by itself, as one that was closed does. One that came to life
 * again meanwhile keeps them.
 */
export function createErasures({
  stores: { audit, auditErasures, users },
  system,
}: {
  stores: Pick<Stores, 'audit' | 'auditErasures' | 'users'>;
  system: Pick<System, 'now'>;
}) {
  let timer: NodeJS.Timeout | undefined;

  /** Erases what is due by now. */
  async function run(): Promise<void> {
    for (const erasure of await auditErasures.listDue(system.now(), accountsAtOnce)) {
      const user = await users.findById(erasure._id);
      if (user && user.status !== 'active') continue;
      if (!user) await audit.eraseOrigins(erasure._id);
      await auditErasures.remove(erasure);
    }
  }

  return {
    run,

    /** Looks now and then. What fails is told to `onError`, and tried again the next time. */
    start(onError: (error: unknown) => void): void {
      timer = setInterval(() => run().catch(onError), lookMilliseconds).unref();
    },
    stop: (): void => clearInterval(timer),
  };
}
