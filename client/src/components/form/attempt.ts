import { useRef, useState } from 'react';
import { type Problem, toProblem } from '../../session/problem.ts';
import { type Trouble, toTrouble } from './problem.tsx';

/**
 * Something that asks the server when a person says so: one run at a time, none before the wait that the server asked
 * for is over, and what went wrong kept to be shown.
 */
export function useAttempt() {
  const [trouble, setTrouble] = useState<Trouble>();
  const [isPending, setPending] = useState(false);
  // State is too slow for a double click: both clicks come before the button knows.
  const isRunning = useRef(false);

  /**
   * @param settle takes care of a problem in its own way and says so with `true`; the others become the trouble
   */
  async function attempt(task: () => Promise<unknown>, settle?: (problem: Problem) => boolean): Promise<void> {
    if (isRunning.current || (trouble?.retryAt ?? 0) > Date.now()) return;
    isRunning.current = true;
    setPending(true);
    setTrouble(undefined);
    try {
      await task();
    } catch (error) {
      const problem = toProblem(error);
      if (!settle?.(problem)) setTrouble(toTrouble(problem));
    } finally {
      isRunning.current = false;
      setPending(false);
    }
  }

  return {
    attempt,
    isPending,
    trouble,
    /** Takes the trouble off the page; a wait that the server asked for stays unless `all` is said. */
    clearTrouble: (all?: 'all') => setTrouble((current) => (current?.retryAt && !all ? current : undefined)),
  };
}
