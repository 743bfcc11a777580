import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel } from '../../../components/panel.tsx';
import { DeleteAccountForm } from '../../../features/delete-account/delete-account-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { useSession } from '../../../session/use-session.ts';

export function DeleteAccountPage() {
  const { t } = useLocale();
  const session = useSession();
  return (
    <>
      <PageHeading title={t.deleteAccount.title} lead={t.deleteAccount.lead} />
      <Panel>
        <DeleteAccountForm
          onDeleted={(closedUntil) =>
            void session.leave(closedUntil ? 'account-closed' : 'account-deleted', closedUntil)
          }
        />
      </Panel>
    </>
  );
}
