import { CommandError } from '../errors.ts';

/** Looking at the clock costs about as much as looking at a document, so it is done now and then. */
const CHECK_EVERY = 64;

// One command runs at a time, from its beginning to its end, so that one deadline is enough.
let deadline = Number.POSITIVE_INFINITY;
let untilCheck = CHECK_EVERY;

/** Runs a command that may take `limitMs` (zero is no limit) between its first and its last document. */
export function withDeadline<T>(limitMs: number, run: () => T): T {
  if (limitMs === 0) return run();
  deadline = performance.now() + limitMs;
  try {
    return run();
  } finally {
    deadline = Number.POSITIVE_INFINITY;
  }
}

/** Called for each document that is looked at. Throws `MaxTimeMSExpired`. */
export function checkDeadline(): void {
  if (deadline === Number.POSITIVE_INFINITY || --untilCheck > 0) return;
  untilCheck = CHECK_EVERY;
  if (performance.now() > deadline) throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
}
