import { Worker } from 'node:worker_threads';
import type { Appraisal } from '@latchkey/shared/password-judge';

interface Question {
  resolve: (appraisal: Appraisal) => void;
  reject: (reason: unknown) => void;
}

/** A thread with the dictionary, and what it was asked and has not answered. */
function startThread(onEnd: () => void) {
  const questions = new Map<number, Question>();
  let lastId = 0;
  const worker = new Worker(new URL('./password-appraiser-worker.js', import.meta.url), { execArgv: [] });
  worker.unref();
  worker.on('message', ({ id, ...appraisal }: Appraisal & { id: number }) => {
    questions.get(id)?.resolve(appraisal);
    questions.delete(id);
  });
  const fail = (reason: unknown) => {
    onEnd();
    for (const { reject } of questions.values()) reject(reason);
    questions.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread that appraises passwords has ended')));

  return {
    ask: (candidate: string, words: string[]): Promise<Appraisal> =>
      new Promise((resolve, reject) => {
        lastId += 1;
        questions.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, candidate, words });
      }),
    end: () => worker.terminate(),
  };
}

/**
 * Asks zxcvbn about passwords in a thread of its own: one estimate can take a tenth of a second. The thread and its
 * dictionary are loaded with the first question. It keeps no process alive.
 */
export function createPasswordAppraiser() {
  let thread: ReturnType<typeof startThread> | undefined;

  function start(): ReturnType<typeof startThread> {
    const started = startThread(() => {
      if (thread === started) thread = undefined;
    });
    return started;
  }

  return {
    async appraise(candidate: string, words: string[]): Promise<Appraisal> {
      thread ??= start();
      return await thread.ask(candidate, words);
    },

    async close(): Promise<void> {
      const ended = thread;
      thread = undefined;
      await ended?.end();
    },
  };
}
