// Plain JavaScript on packages only: a thread of Node 20 reads no TypeScript, whatever its process was started with.
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
const commonPasswords = new Set(dictionary['passwords-common']);

parentPort?.on('message', ({ id, candidate, words }) => {
  parentPort?.postMessage({
    id,
    common: commonPasswords.has(candidate.toLowerCase()),
    score: zxcvbn.check(candidate, words).score,
  });
});
