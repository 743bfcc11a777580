import { Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import type { DeadReason } from '../../../components/code/code-entry.tsx';
import { LeaveGuard } from '../../../components/form/leave-guard.tsx';
import { Notice } from '../../../components/notice.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { ConfirmEmailChange } from '../../../features/email/confirm-email-change.tsx';
import { RequestEmailChangeForm } from '../../../features/email/request-email-change-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { type PendingChallenge, readChallenge, writeChallenge } from '../../../session/challenge.ts';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function EmailPage() {
  const { t } = useLocale();
  const me = trpc.user.me.useQuery();
  const [challenge, setChallenge] = useState(() => readChallenge('email-change'));
  const [dead, setDead] = useState<DeadReason>();
  const [changedTo, setChangedTo] = useState<string>();

  function wait(next: PendingChallenge | undefined) {
    writeChallenge('email-change', next);
    setChallenge(next);
    setChangedTo(undefined);
    setDead(undefined);
  }

  function finish(email: string) {
    wait(undefined);
    setChangedTo(email);
  }

  return (
    <QueryView query={me} title={t.email.title} skeleton={<Skeleton height={280} radius="lg" />}>
      {(user) => (
        <>
          <LeaveGuard />
          <PageHeading title={t.email.title} lead={t.email.lead(user.email)} />
          <Rows>
            {changedTo && <Notice tone="good">{t.email.changed(changedTo)}</Notice>}
            {dead && <Notice tone="bad">{t.email.deadText[dead]}</Notice>}
            <Panel>
              {dead ? (
                <Button onClick={() => wait(undefined)}>{t.email.startOver}</Button>
              ) : challenge ? (
                <ConfirmEmailChange
                  key={challenge.challengeId}
                  challenge={challenge}
                  onChange={wait}
                  onChanged={finish}
                  onDead={(reason) => {
                    wait(undefined);
                    setDead(reason);
                  }}
                  onCancel={() => wait(undefined)}
                />
              ) : (
                <RequestEmailChangeForm user={user} onChallenge={wait} />
              )}
            </Panel>
          </Rows>
        </>
      )}
    </QueryView>
  );
}
