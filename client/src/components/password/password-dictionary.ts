import type { Appraisal, Appraise } from '@latchkey/shared/password-judge';

export interface Question {
  id: number;
  candidate: string;
  words: string[];
}
export interface Answer extends Appraisal {
  id: number;
}

let worker: Worker | undefined;
let lastId = 0;

function startWorker(): Worker {
  const started = new Worker(new URL('./password-dictionary-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('error', (event) => {
    // Whoever asked is told; the page is no worse for it, and the next time it is loaded anew.
    event.preventDefault();
    if (worker === started) worker = undefined;
  });
  return started;
}

/**
 * Loads the dictionary that the server judges with, half a megabyte, into a thread of its own, so that typing stays
 * smooth. Calling it again does nothing, unless it could not be loaded.
 */
export function loadPasswordDictionary(): Worker {
  worker ??= startWorker();
  return worker;
}

/** Asks the dictionary. Rejects where it cannot be loaded. */
export const appraise: Appraise = (candidate, words) =>
  new Promise((resolve, reject) => {
    const asked = loadPasswordDictionary();
    lastId += 1;
    const id = lastId;
    const done = new AbortController();
    const { signal } = done;
    asked.addEventListener(
      'message',
      ({ data }: MessageEvent<Answer>) => {
        if (data.id !== id) return;
        done.abort();
        resolve(data);
      },
      { signal },
    );
    asked.addEventListener(
      'error',
      () => {
        done.abort();
        reject(new Error('the password dictionary could not be loaded'));
      },
      { signal },
    );
    asked.postMessage({ id, candidate, words } satisfies Question);
  });
