import { CommandError } from '../errors.ts';

/** Looking at the clock costs about as much as looking at a document, so it is done now and then. */
const checkEvery = 64;

// One command runs at a time, from its beginning to its end, so that one deadline is enough.
let deadline = Number.POSITIVE_INFINITY;
let untilCheck = checkEvery;

/** Runs a command that may take `limitMilliseconds` (zero is no limit) between its first and its last document. */
export function withDeadline<T>(limitMilliseconds: number, run: () => T): T {
  if (limitMilliseconds === 0) return run();
  deadline = performance.now() + limitMilliseconds;
  try {
    return run();
  } finally {
    deadline = Number.POSITIVE_INFINITY;
  }
}

/** Called for each document that is looked at. Throws `MaxTimeMSExpired`. */
export function checkDeadline(): void {
  if (deadline === Number.POSITIVE_INFINITY || --untilCheck > 0) return;
  untilCheck = checkEvery;
  if (performance.now() > deadline) throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
}
