import { assertNever, createLatchkeyClient, isLatchkeyError } from '@latchkey/client';
import { fileStorage } from '@latchkey/client/file-storage';

const latchkey = createLatchkeyClient({ url: 'http://localhost:3000', storage: fileStorage('tokens.json') });

// @ts-expect-error a wrong input
export const wrongInput = (): Promise<unknown> => latchkey.auth.login.mutate({ username: 'ada' });

// @ts-expect-error a wrong field of an output
export const wrongOutput = async (): Promise<string> => (await latchkey.user.me.query()).phone;

export function wrongCode(error: unknown): string {
  if (!isLatchkeyError(error, 'user.me')) return '';
  // @ts-expect-error a code that the procedure cannot throw
  return error.code === 'EMAIL_TAKEN' ? 'taken' : '';
}

export function incomplete(error: unknown): string {
  if (!isLatchkeyError(error, 'session.revoke')) return '';
  switch (error.code) {
    case 'NOT_FOUND':
      return 'gone';
    default:
      // @ts-expect-error not every code has its case
      return assertNever(error);
  }
}
