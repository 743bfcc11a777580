import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import type { System } from '../../infra/system.ts';
import type { RequestInfo } from '../request.ts';
import type { MailData, NoticeDetails, NoticeKind } from './kinds.ts';
import type { Outbox } from './outbox.ts';

type Origin = Pick<RequestInfo, 'ip' | 'userAgent'>;
/** The notices that need nothing but whose account it was, when, and from where. */
type PlainNotice = { [Kind in NoticeKind]: keyof NoticeDetails<Kind> extends never ? Kind : never }[NoticeKind];

/** Tells the owner of an account by mail what happened to it, when, and from where. */
export function createNotices({ outbox, system }: { outbox: Outbox; system: System }) {
  const eventOf = ({ username }: UserRecord, { ip, userAgent }: Origin) => ({
    username,
    at: system.now().toISOString(),
    ip,
    userAgent,
  });

  return {
    /** To the address of the account. */
    send: (kind: PlainNotice, user: UserRecord, origin: Origin): Promise<void> =>
      outbox.enqueue(kind, { to: user.email, locale: user.locale, timeZone: user.timeZone }, eventOf(user, origin)),

    /** To another address than the account's own. */
    sendTo: <Kind extends NoticeKind>(
      to: string,
      kind: Kind,
      user: UserRecord,
      origin: Origin,
      details: NoticeDetails<Kind>,
    ): Promise<void> => {
      // The compiler does not see that a kind's details and the event together are its data.
      const data = { ...eventOf(user, origin), ...details } as MailData<Kind>;
      return outbox.enqueue(kind, { to, locale: user.locale, timeZone: user.timeZone }, data);
    },
  };
}
