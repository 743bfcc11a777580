import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../src/infra/mongo.ts';
import { createHttpClient } from '../src/testing/http.ts';

const password = 'nine lanterns over quiet water';
const codeMilliseconds = 30_000;

/** What one account was told, call by call, and what it asked for last without hearing. */
export interface Told {
  username: string;
  firstName: string;
  /** The name that was asked for when the server went away. */
  asked?: string | undefined;
  /** How often the session was refreshed; absent while there is none. */
  generation?: number | undefined;
  refreshing?: boolean;
  /** Registered, and the server said so. */
  known: boolean;
  signingIn?: boolean;
}

/** A call that the server refused or failed: what is never to happen. A server that is gone throws something else. */
class RefusedCall extends Error {}

/** The codes that a server shows in its terminal, by address. What has been read is not read again. */
function readCodes(output: () => string) {
  const codes = new Map<string, string>();
  let readTo = 0;
  return (email: string): string | undefined => {
    const text = output();
    const end = text.lastIndexOf('\n') + 1;
    for (const [, address = '', code = ''] of text.slice(readTo, end).matchAll(/mail {2}(\S+) · .* · (\d{6})$/gm)) {
      codes.set(address, code);
    }
    readTo = end;
    return codes.get(email);
  };
}

/**
 * People who register, sign in, read, change and refresh, each in turn, for as long as the server is there; and what each
 * was told, to be compared with what the database holds. Limits must be off.
 * @param namePrefix what names of this load begin with, so that several follow one another on one database
 */
export function createMixedLoad({
  url,
  output,
  namePrefix,
}: {
  url: string;
  output: () => string;
  namePrefix: string;
}) {
  const accounts: Told[] = [];
  const milliseconds: number[] = [];
  const send = createHttpClient(url);
  const codeFor = readCodes(output);
  let made = 0;
  let stopped = false;

  async function call<Data>(procedure: string, input?: unknown, token?: string): Promise<Data> {
    const began = performance.now();
    const { status, text } = await send(`/trpc/${procedure}`, {
      method: input === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(input),
    });
    milliseconds.push(performance.now() - began);
    if (status !== 200) throw new RefusedCall(`${procedure} was answered ${status} ${text}`);
    return (JSON.parse(text) as { result: { data: Data } }).result.data;
  }

  async function readCode(email: string): Promise<string> {
    const giveUpAt = performance.now() + codeMilliseconds;
    for (;;) {
      const code = codeFor(email);
      if (code !== undefined) return code;
      if (stopped) throw new Error('stopped');
      if (performance.now() > giveUpAt) throw new RefusedCall(`no code was mailed to ${email}`);
      await wait(10);
    }
  }

  /** One life of an account, from its registration to its sign-out. */
  async function live(told: Told): Promise<void> {
    const { username } = told;
    const email = `${username}@example.com`;
    const names = { firstName: told.firstName, lastName: 'Lovelace' };
    await call('auth.register', { username, email, ...names, password, confirmPassword: password });
    told.known = true;
    const { challengeId } = await call<{ challengeId: string }>('auth.login', { username, password });
    const otp = await readCode(email);
    told.signingIn = true;
    let tokens = await call<{ accessToken: string; refreshToken: string }>('auth.verifyOtp', { challengeId, otp });
    Object.assign(told, { generation: 0, signingIn: false });
    for (let index = 1; index <= 5 && !stopped; index += 1) {
      await call('user.me', undefined, tokens.accessToken);
      told.asked = `Ada ${index}`;
      await call('user.updateProfile', { firstName: told.asked }, tokens.accessToken);
      Object.assign(told, { firstName: told.asked, asked: undefined, refreshing: true });
      tokens = await call('auth.refresh', { refreshToken: tokens.refreshToken });
      Object.assign(told, { generation: index, refreshing: false });
      await call('session.list', undefined, tokens.accessToken);
    }
  }

  return {
    accounts,
    /** How long each call took, in the order in which they ended. */
    milliseconds,

    /** Goes on until `stop`, or until the server is gone. Rejects with a `RefusedCall` for what must not happen. */
    async run(people: number): Promise<void> {
      await Promise.all(
        Array.from({ length: people }, async () => {
          while (!stopped) {
            made += 1;
            const told: Told = { username: `${namePrefix}${made}`, firstName: 'Ada', known: false };
            accounts.push(told);
            try {
              await live(told);
            } catch (error) {
              if (error instanceof RefusedCall) throw error;
              // The server is gone.
              stopped = true;
            }
          }
        }),
      );
    },

    stop(): void {
      stopped = true;
    },
  };
}

export type MixedLoad = ReturnType<typeof createMixedLoad>;

/** What a user looks like in the database, as far as it was told. */
interface Stored {
  username: string;
  firstName: string;
  sessions: { generation: number }[];
}

/** What of a load the database does not hold, or holds and nobody was told: a line each. */
export async function differences(connection: Connection, accounts: MixedLoad['accounts']): Promise<string[]> {
  const users = connection.collection<Stored>('users');
  const names = accounts.map(({ username }) => username);
  const found = new Map<string, Stored>();
  for await (const user of users.find({ username: { $in: names } })) found.set(user.username, user);
  return accounts.flatMap((told) => {
    const user = found.get(told.username);
    if (!user) return told.known ? [`${told.username} was registered and is not there`] : [];
    const lines: string[] = [];
    if (user.firstName !== told.firstName && user.firstName !== told.asked) {
      lines.push(`${told.username} is called ${user.firstName}, and was told ${told.firstName}`);
    }
    const [session] = user.sessions;
    if (told.generation !== undefined) {
      const may = told.refreshing ? [told.generation, told.generation + 1] : [told.generation];
      if (!session) lines.push(`${told.username} was signed in and is not`);
      else if (!may.includes(session.generation)) {
        lines.push(`${told.username} is at refresh ${session.generation}, and was told ${told.generation}`);
      }
    } else if (session && !told.signingIn) lines.push(`${told.username} is signed in and never was told so`);
    return lines;
  });
}
