import type { SessionItem } from '@latchkey/shared/schemas';
import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { useNow } from '../../components/clock.ts';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { Icon } from '../../components/icons.tsx';
import { FocusedNotice } from '../../components/notice.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { refusalOf } from '../../session/problem.ts';
import { trpc } from '../../session/trpc.ts';
import classes from './device-list.module.css';

const isPhone = (device: string) => /android|ios|iphone|ipad|phone|mobile/i.test(device);

/** Every live session of the account. Each but this one can be ended here. */
export function DeviceList({ sessions }: { sessions: SessionItem[] }) {
  const { t, format } = useLocale();
  const utils = trpc.useUtils();
  const now = useNow(60_000);
  const revoke = trpc.session.revoke.useMutation();
  const [result, setResult] = useState('');
  const { attempt, isPending, trouble } = useAttempt();

  const nameOf = (session: SessionItem) => session.device || t.devices.unknown;

  function takeOff(session: SessionItem, text: string) {
    setResult(text);
    utils.session.list.setData(undefined, (list) => list?.filter(({ id }) => id !== session.id));
    void utils.user.listActivity.invalidate();
  }

  async function end(session: SessionItem) {
    setResult('');
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
      {result && (
        <FocusedNotice key={sessions.length} tone="good">
          {result}
        </FocusedNotice>
      )}
      <ul className={classes.list}>
        {sessions.map((session) => (
          <li key={session.id} className={classes.device}>
            <span className={classes.icon}>
              <Icon name={isPhone(session.device) ? 'phone' : 'device'} size={22} />
            </span>
            <div className={classes.text}>
              <div className={classes.name}>
                {nameOf(session)} {session.current && <Badge variant="light">{t.devices.current}</Badge>}
              </div>
              <p>
                {t.devices.lastSeen(format.ago(session.lastSeenAt, now))} · {session.ip}
              </p>
              <p>{t.devices.signedInOn(format.dateTime(session.createdAt))}</p>
            </div>
            {!session.current && (
              <Button
                variant="default"
                size="sm"
                onClick={() => end(session)}
                aria-label={t.devices.endLabel(nameOf(session))}
                aria-disabled={isPending || undefined}
              >
                {t.devices.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
