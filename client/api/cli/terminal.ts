import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { isCancel, password, spinner, text } from '@clack/prompts';

/** The person, or the program in front of us, ended it. */
export class Cancelled extends Error {}

/** Asks in a terminal; without one each answer is a line of standard input. What is not the result goes to standard error. */
export function createTerminal({
  stdin,
  stderr,
}: {
  stdin: Readable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}) {
  const isTerminal = Boolean(stdin.isTTY && stderr.isTTY);
  let lines: AsyncIterator<string> | undefined;

  async function nextLine(question: string): Promise<string> {
    lines ??= createInterface({ input: stdin })[Symbol.asyncIterator]();
    const { done, value } = await lines.next();
    if (done) throw new Cancelled(`standard input ended before: ${question}`);
    return value;
  }

  async function ask(question: string, isSecret = false): Promise<string> {
    if (!isTerminal) return nextLine(question);
    const options = { message: question, input: stdin, output: stderr };
    const given = await (isSecret ? password(options) : text(options));
    if (isCancel(given)) throw new Cancelled('cancelled');
    return given;
  }

  return {
    ask,
    askSecretly: (question: string) => ask(question, true),
    /** Shows that something takes its time. */
    async during<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
      if (!isTerminal) return act();
      const turning = spinner({ output: stderr });
      turning.start(what);
      try {
        const result = await act();
        turning.stop(what);
        return result;
      } catch (error) {
        turning.error(what);
        throw error;
      }
    },
    note: (line: string) => void stderr.write(`${line}\n`),
    close: () => stdin.destroy(),
  };
}

export type Terminal = ReturnType<typeof createTerminal>;
