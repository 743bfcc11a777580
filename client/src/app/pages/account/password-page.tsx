import { Skeleton } from '@mantine/core';
import { LeaveGuard } from '../../../components/form/leave-guard.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { ChangePasswordForm } from '../../../features/password/change-password-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function PasswordPage() {
  const { t } = useLocale();
  const me = trpc.user.me.useQuery();
  return (
    <>
      <LeaveGuard />
      <PageHeading title={t.password.title} lead={t.password.lead} />
      <QueryView query={me} skeleton={<Skeleton height={430} radius="lg" />}>
        {(user) => (
          <Rows>
            <Panel>
              <ChangePasswordForm user={user} />
            </Panel>
            <TextLink to="/forgot-password" state={{ carried: { name: user.email } }} size="sm">
              {t.password.forgot}
            </TextLink>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
