import type { Call } from './load.ts';
import type { Pinned } from './pinned.ts';

const password = 'nine lanterns over quiet water';
const mailMilliseconds = 20_000;

export interface Person {
  username: string;
  email: string;
  accessToken: string;
  refreshToken: string;
}

interface Result<Data> {
  result: { data: Data };
}

const toCall = (procedure: string, input: unknown): Call => ({
  method: 'POST',
  path: `/trpc/${procedure}`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(input),
});

export const registerCall = (name: string): Call =>
  toCall('auth.register', {
    username: name,
    email: `${name}@example.com`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    password,
    confirmPassword: password,
  });
export const signInCall = ({ username }: { username: string }): Call => toCall('auth.login', { username, password });
export const verifyCall = (challenge: { challengeId: string; otp: string }): Call =>
  toCall('auth.verifyOtp', challenge);
export const refreshCall = (refreshToken: string): Call => toCall('auth.refresh', { refreshToken });
/** The same call from one of many addresses: the queue of hashes is shared out by address. */
export const fromAddress = (index: number, call: Call): Call => ({
  ...call,
  headers: { ...call.headers, 'x-forwarded-for': `10.0.${index % 250}.1` },
});
export const meCall = (accessToken: string): Call => ({
  path: '/trpc/user.me',
  headers: { authorization: `Bearer ${accessToken}` },
});

async function call<Data>({ port }: Pinned, { method, path, headers, body }: Call): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} sent ${response.status} ${text}`);
  return (JSON.parse(text) as Result<Data>).result.data;
}

/** Reads the codes that the server shows in its terminal, by the address they were mailed to, in their order. */
function codesIn(output: string): Map<string, string[]> {
  const codes = new Map<string, string[]>();
  for (const [, email = '', code = ''] of output.matchAll(/mail {2}(\S+) · .* · (\d{6})$/gm)) {
    codes.set(email, [...(codes.get(email) ?? []), code]);
  }
  return codes;
}

/** Signs people in up to the code: so many challenges with the codes that were mailed for them. */
export async function openChallenges(server: Pinned, people: readonly { username: string; email: string }[]) {
  const before = codesIn(server.output());
  const opened = await Promise.all(
    people.map(async (person, index) => ({
      person,
      ...(await call<{ challengeId: string }>(server, fromAddress(index, signInCall(person)))),
    })),
  );
  const giveUpAt = performance.now() + mailMilliseconds;
  const codeOf = (email: string, codes: Map<string, string[]>) => codes.get(email)?.[before.get(email)?.length ?? 0];
  for (;;) {
    const codes = codesIn(server.output());
    const ready = opened.map(({ person, challengeId }) => ({ challengeId, otp: codeOf(person.email, codes) ?? '' }));
    if (ready.every(({ otp }) => otp !== '')) return ready;
    if (performance.now() > giveUpAt) throw new Error('not every code was mailed');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** So many people, each with an account and one session. */
export async function signUp(server: Pinned, count: number): Promise<Person[]> {
  const names = Array.from({ length: count }, (_, index) => ({
    username: `person${index}`,
    email: `person${index}@example.com`,
  }));
  for (const { username } of names) await call(server, registerCall(username));
  const challenges = await openChallenges(server, names);
  const people: Person[] = [];
  for (const [index, challenge] of challenges.entries()) {
    const { accessToken, refreshToken } = await call<Person>(server, verifyCall(challenge));
    people.push({ username: '', email: '', ...names[index], accessToken, refreshToken });
  }
  return people;
}
