import type { User } from '@latchkey/shared/schemas';
import { Button } from '@mantine/core';
import { useId, useState } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { browserTimeZone, timeZones } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './preferences.module.css';

/** The zone in which mails tell times. It is saved as soon as it is chosen. */
export function TimeZoneChoice({ user }: { user: User }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const updateProfile = trpc.user.updateProfile.useMutation();
  const { attempt, isPending, trouble } = useAttempt();
  const [isSaved, setSaved] = useState(false);
  const hintId = useId();
  const own = browserTimeZone();
  const names = timeZones([user.timeZone, own]);

  function choose(timeZone: string) {
    setSaved(false);
    void attempt(async () => {
      utils.user.me.setData(undefined, await updateProfile.mutateAsync({ timeZone }));
      setSaved(true);
    });
  }

  return (
    <div className={classes.zone}>
      <ProblemNotice trouble={trouble} limitText={t.limit.profile} />
      <label className={classes.field}>
        <span>{t.preferences.timeZone}</span>
        <select
          value={user.timeZone}
          onChange={(event) => choose(event.currentTarget.value)}
          aria-busy={isPending || undefined}
          aria-describedby={hintId}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {name.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <p id={hintId} className={classes.hint}>
        {t.preferences.timeZoneHint}{' '}
        <span role="status" className={classes.saved}>
          {isSaved && t.preferences.saved}
        </span>
      </p>
      {own !== undefined && own !== user.timeZone && (
        <Button variant="default" size="sm" onClick={() => choose(own)} aria-disabled={isPending || undefined}>
          {t.preferences.useOwnZone(own.replaceAll('_', ' '))}
        </Button>
      )}
    </div>
  );
}
