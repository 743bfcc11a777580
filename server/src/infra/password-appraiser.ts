import { Worker } from 'node:worker_threads';
import type { Appraisal } from '@latchkey/shared/password-judge';

interface Question {
  resolve: (appraisal: Appraisal) => void;
  reject: (reason: unknown) => void;
}

/**
 * Asks zxcvbn about passwords in a thread of its own: one estimate can take a tenth of a second. The thread and its
 * dictionary are loaded with the first question. It keeps no process alive.
 */
export function createPasswordAppraiser() {
  const questions = new Map<number, Question>();
  let lastId = 0;
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(new URL('./password-appraiser-worker.js', import.meta.url), { execArgv: [] });
    started.unref();
    started.on('message', ({ id, ...appraisal }: Appraisal & { id: number }) => {
      questions.get(id)?.resolve(appraisal);
      questions.delete(id);
    });
    const fail = (reason: unknown) => {
      if (worker === started) worker = undefined;
      for (const { reject } of questions.values()) reject(reason);
      questions.clear();
    };
    started.on('error', fail);
    started.on('exit', () => fail(new Error('the thread that appraises passwords has ended')));
    return started;
  }

  return {
    appraise: (candidate: string, words: string[]): Promise<Appraisal> =>
      new Promise((resolve, reject) => {
        worker ??= start();
        lastId += 1;
        questions.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, candidate, words });
      }),

    close: async (): Promise<void> => {
      await worker?.terminate();
    },
  };
}
