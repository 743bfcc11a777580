import { useState } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ConfirmButton } from '../../components/form/confirm-button.tsx';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { FocusedNotice } from '../../components/notice.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './end-sessions.module.css';

interface EndSessionsProps {
  hasOthers: boolean;
  /** Ends the session of this device; the others are ended by then. */
  signOut: () => Promise<void>;
}

export function EndSessions({ hasOthers, signOut }: EndSessionsProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const revokeOthers = trpc.session.revokeOthers.useMutation();
  const [ended, setEnded] = useState<number>();
  const { attempt, isPending, trouble } = useAttempt();

  function endOthers() {
    setEnded(undefined);
    void attempt(async () => {
      const { revoked } = await revokeOthers.mutateAsync();
      utils.session.list.setData(undefined, (list) => list?.filter(({ current }) => current));
      void utils.user.listActivity.invalidate();
      setEnded(revoked);
    });
  }

  function endAll() {
    setEnded(undefined);
    void attempt(async () => {
      await revokeOthers.mutateAsync();
      await signOut();
    });
  }

  return (
    <div className={classes.area}>
      <ProblemNotice trouble={trouble} />
      {ended !== undefined && <FocusedNotice tone="good">{t.devices.othersEnded(ended)}</FocusedNotice>}
      {hasOthers ? (
        <ConfirmButton
          label={t.devices.endOthers}
          confirmLabel={t.devices.endOthersConfirm}
          isPending={isPending}
          onConfirm={endOthers}
        />
      ) : (
        <p className={classes.note}>{t.devices.onlyThis}</p>
      )}
      <div className={classes.everywhere}>
        <ConfirmButton
          label={t.devices.everywhere}
          confirmLabel={t.devices.everywhereConfirm}
          isPending={isPending}
          onConfirm={endAll}
        />
        <p className={classes.note}>{t.devices.everywhereText}</p>
      </div>
    </div>
  );
}
