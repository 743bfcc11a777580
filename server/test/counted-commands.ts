import { AsyncLocalStorage } from 'node:async_hooks';
import type { TestApp } from '../src/testing/test-app.ts';

/** What a call asked of the database, as far as it has. */
export interface Work {
  commands: string[];
  /** Groups of commands that were under way at the same time. */
  rounds: number;
  underWay: number;
}

interface CommandEvent {
  requestId: number;
  commandName: string;
  command?: Record<string, unknown>;
}

const begin = (): Work => ({ commands: [], rounds: 0, underWay: 0 });

/**
 * Counts the commands of an app for the call that caused each. What the app does by itself, as sending mail, is counted in
 * `background`, if the app was made within `runInBackground`. To be ended with the app: until then every promise of this
 * process costs several times as much.
 */
export function createCommandCounts() {
  const callers = new AsyncLocalStorage<Work>();
  const background = begin();

  return {
    runInBackground: <Result>(act: () => Promise<Result>): Promise<Result> => callers.run(background, act),

    /** Listens to the driver of an app whose connection string has `monitorCommands=true`. */
    watch(app: Pick<TestApp, 'connection'>): void {
      const open = new Map<number, Work>();
      const client = app.connection.getClient();
      client.on('commandStarted', ({ requestId, commandName, command }: CommandEvent) => {
        const work = callers.getStore();
        if (!work) return;
        // How far the chains of events reach is written for all calls together, now and then.
        if (command?.[commandName] === 'auditHeads') return;
        open.set(requestId, work);
        if (work.underWay === 0) work.rounds += 1;
        work.underWay += 1;
        work.commands.push(`${commandName} ${command?.[commandName]}`);
      });
      const end = ({ requestId }: CommandEvent) => {
        const work = open.get(requestId);
        open.delete(requestId);
        if (work) work.underWay -= 1;
      };
      client.on('commandSucceeded', end);
      client.on('commandFailed', end);
    },

    /** What `act` asks of the database until it ends. */
    async of(act: () => Promise<unknown>): Promise<Work> {
      const work = begin();
      await callers.run(work, act);
      return work;
    },

    /**
     * What the app has done by itself since this was called last; ends once nothing of it is under way.
     * @param last a command that has to be among it, as `delete outbox`
     */
    async takeBackground(last?: string): Promise<Work> {
      do await new Promise((resolve) => setImmediate(resolve));
      while (background.underWay > 0 || (last !== undefined && !background.commands.includes(last)));
      const taken = { ...background };
      Object.assign(background, begin());
      return taken;
    },

    end: (): void => callers.disable(),
  };
}
