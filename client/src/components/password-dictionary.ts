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

/**
 * Loads the dictionary that the server judges with, half a megabyte, into a thread of its own, so that typing stays
 * smooth. Calling it again does nothing.
 */
export function loadPasswordDictionary(): Worker {
  worker ??= new Worker(new URL('./password-dictionary-worker.ts', import.meta.url), { type: 'module' });
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
