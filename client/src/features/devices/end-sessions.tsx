import { useAttempt } from '../../components/form/attempt.ts';
import { ConfirmButton } from '../../components/form/confirm-button.tsx';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './end-sessions.module.css';

interface EndSessionsProps {
  hasOthers: boolean;
  /** Ends the session of this device; the others are ended by then. */
  signOut: () => Promise<void>;
  /** Says on the page what came of it; undefined while nothing has. */
  say: (text: string | undefined) => void;
}

export function EndSessions({ hasOthers, signOut, say }: EndSessionsProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const revokeOthers = trpc.session.revokeOthers.useMutation();
  const { attempt, isPending, trouble } = useAttempt();

  function endOthers() {
    say(undefined);
    void attempt(async () => {
      const { revoked } = await revokeOthers.mutateAsync();
      utils.session.list.setData(undefined, (list) => list?.filter(({ current }) => current));
      void utils.user.listActivity.invalidate();
      say(t.devices.othersEnded(revoked));
    });
  }

  function endAll() {
    say(undefined);
    void attempt(async () => {
      await revokeOthers.mutateAsync();
      await signOut();
    });
  }

  return (
    <div className={classes.area}>
      <ProblemNotice trouble={trouble} />
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
