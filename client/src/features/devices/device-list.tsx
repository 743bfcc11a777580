import type { SessionItem } from '@latchkey/shared/schemas';
import { useNow } from '../../components/clock.ts';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { refusalOf } from '../../session/problem.ts';
import { trpc } from '../../session/trpc.ts';
import { Device } from './device.tsx';
import classes from './device-list.module.css';

interface DeviceListProps {
  sessions: SessionItem[];
  /** Says on the page what came of it; undefined while nothing has. */
  say: (text: string | undefined) => void;
}

/** Every live session of the account. Each but this one can be ended here. */
export function DeviceList({ sessions, say }: DeviceListProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const now = useNow(60_000);
  const revoke = trpc.session.revoke.useMutation();
  const { attempt, isPending, trouble } = useAttempt();

  const nameOf = (session: SessionItem) => session.name ?? t.devices.nameOf(session);

  function takeOff(session: SessionItem, text: string) {
    say(text);
    utils.session.list.setData(undefined, (list) => list?.filter(({ id }) => id !== session.id));
    void utils.user.listActivity.invalidate();
  }

  async function end(session: SessionItem) {
    say(undefined);
    await attempt(
      async () => {
        await revoke.mutateAsync({ sessionId: session.id });
        takeOff(session, t.devices.ended(nameOf(session)));
      },
      (problem) => {
        const isGone = refusalOf(problem)?.code === 'NOT_FOUND';
        if (isGone) takeOff(session, t.devices.alreadyGone);
        return isGone;
      },
    );
  }

  return (
    <div className={classes.area}>
      <ProblemNotice trouble={trouble} />
      <ul className={classes.list}>
        {sessions.map((session) => (
          <Device key={session.id} session={session} now={now} onEnd={() => void end(session)} isEnding={isPending} />
        ))}
      </ul>
    </div>
  );
}
