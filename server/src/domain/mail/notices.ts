import type { System } from '../../infra/system.ts';
import type { UserRecord } from '../../infra/users-store.ts';
import type { RequestInfo } from '../request.ts';
import type { MailKind, Outbox } from './outbox.ts';

/** Tells the owner of an account by mail what happened to it, when, and from where. */
export function createNotices({ outbox, system }: { outbox: Outbox; system: System }) {
  return {
    /** @param to another address than the account's own */
    send: (
      template: MailKind,
      user: UserRecord,
      { ip, userAgent }: Pick<RequestInfo, 'ip' | 'userAgent'>,
      { to = user.email, ...details }: { to?: string } & Record<string, string> = {},
    ): Promise<void> =>
      outbox.enqueue({
        template,
        to,
        locale: user.locale,
        data: { username: user.username, at: system.now().toISOString(), ip, userAgent, ...details },
      }),
  };
}

export type Notices = ReturnType<typeof createNotices>;
