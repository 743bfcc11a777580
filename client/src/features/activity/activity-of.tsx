import type { AuditItem } from '@latchkey/shared/admin-schemas';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { EventList } from './event-list.tsx';

/** What happened in the account of somebody else, with who did it and why where that was not they themselves. */
export function ActivityOf({ items }: { items: AuditItem[] }) {
  const { t } = useLocale();
  const { user: admin } = useAdminMessages();
  return (
    <EventList
      items={items}
      about={(item) => (
        <>
          {item.actor !== null && <p>{item.actor === 'cli' ? admin.byTerminal : admin.by(item.actorName)}</p>}
          {item.reason !== null && <p>{admin.because(item.reason)}</p>}
          {item.actor !== 'cli' && <p>{t.activity.on(t.devices.nameOf(item), item.ip)}</p>}
        </>
      )}
    />
  );
}
