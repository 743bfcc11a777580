import { codeOf } from '@latchkey/client';
import type { SessionItem } from '@latchkey/shared/schemas';
import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { useNow } from '../../components/clock.ts';
import { Icon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { ProblemNotice, type Trouble, toTrouble } from '../../components/problem.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { toProblem } from '../../session/problem.ts';
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
  const [trouble, setTrouble] = useState<Trouble>();

  const nameOf = (session: SessionItem) => session.device || t.devices.unknown;

  async function end(session: SessionItem) {
    if (revoke.isPending) return;
    setTrouble(undefined);
    setResult('');
    try {
      await revoke.mutateAsync({ sessionId: session.id });
      setResult(t.devices.ended(nameOf(session)));
    } catch (error) {
      if (codeOf(error) === 'NOT_FOUND') setResult(t.devices.alreadyGone);
      else return setTrouble(toTrouble(toProblem(error)));
    }
    utils.session.list.setData(undefined, (list) => list?.filter(({ id }) => id !== session.id));
    void utils.user.listActivity.invalidate();
  }

  return (
    <div className={classes.area}>
      <ProblemNotice trouble={trouble} />
      {result && <Notice tone="good">{result}</Notice>}
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
                aria-disabled={revoke.isPending || undefined}
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
