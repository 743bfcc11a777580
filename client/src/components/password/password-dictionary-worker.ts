import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import type { Answer, Question } from './password-dictionary.ts';

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
const commonPasswords = new Set(dictionary['passwords-common']);

self.onmessage = ({ data: { id, candidate, words } }: MessageEvent<Question>) => {
  const answer: Answer = {
    id,
    common: commonPasswords.has(candidate.toLowerCase()),
    score: zxcvbn.check(candidate, words).score,
  };
  self.postMessage(answer);
};
