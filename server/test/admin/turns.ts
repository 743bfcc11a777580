type Operation = (...input: unknown[]) => unknown;

/** What such commands are called: they change nothing. */
const isRead = (command: string) => /^(?:read|find|has$)/.test(command);

/**
 * Lets what runs at once take turns at the database: everybody waits before each command of a store, and one of them goes
 * on, so that any order of commands comes up.
 */
export function createTurns() {
  const waiting: { command: string; resume: () => void }[] = [];
  let running = 0;
  let onStill: () => void = () => {};

  function pause(): void {
    running -= 1;
    if (running === 0) onStill();
  }

  return {
    /** The same store, each command of it in its turn. */
    gate<Store extends object>(store: Store): Store {
      const gated = Object.entries<Operation>(store as Record<string, Operation>).map(([name, operation]) => [
        name,
        async (...input: unknown[]) => {
          await new Promise<void>((resolve) => {
            waiting.push({ command: name, resume: resolve });
            pause();
          });
          return operation.apply(store, input);
        },
      ]);
      return Object.fromEntries(gated) as Store;
    },

    /**
     * Runs them to their end. Gives what any of them threw.
     * @param next which of so many goes on, and whether it stops there instead for good, as in a process that is killed
     * @param between is done after each command that may have written
     */
    async run(
      actors: readonly (() => Promise<unknown>)[],
      next: (count: number) => { index: number; stops: boolean },
      between: () => Promise<void>,
    ): Promise<unknown[]> {
      const thrown: unknown[] = [];
      const step = (begin: () => void) =>
        new Promise<void>((resolve) => {
          onStill = resolve;
          begin();
        });
      await step(() => {
        running = actors.length;
        for (const act of actors)
          void act()
            .catch((error: unknown) => thrown.push(error))
            .finally(pause);
      });
      while (waiting.length > 0) {
        const { index, stops } = next(waiting.length);
        const [turn] = waiting.splice(index, 1);
        if (stops || !turn) continue;
        await step(() => {
          running = 1;
          turn.resume();
        });
        if (!isRead(turn.command)) await between();
      }
      return thrown;
    },
  };
}
