import { renameSessionInput, type SessionItem } from '@latchkey/shared/schemas';
import { Badge, Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './device-list.module.css';

/** A session is marked as new for as long. */
const newMilliseconds = 24 * 3_600_000;

function iconOf({ browser, system = '' }: SessionItem): IconName {
  if (/android|ios|phone|mobile/i.test(system)) return 'phone';
  return browser === undefined && system === '' ? 'terminal' : 'device';
}

interface DeviceProps {
  session: SessionItem;
  now: number;
  onEnd: () => void;
  isEnding: boolean;
}

/** One session: what it runs on, since when, from where, and what can be done with it. */
export function Device({ session, now, onEnd, isEnding }: DeviceProps) {
  const { t, format } = useLocale();
  const [isRenaming, setRenaming] = useState(false);
  const device = t.devices.nameOf(session);
  const name = session.name ?? device;
  const isNew = !session.current && now - Date.parse(session.createdAt) < newMilliseconds;

  return (
    <li className={classes.device}>
      <span className={classes.icon}>
        <Icon name={iconOf(session)} size={22} />
      </span>
      <div className={classes.text}>
        <div className={classes.name}>
          {name} {session.current && <Badge variant="light">{t.devices.current}</Badge>}
          {isNew && <Badge variant="default">{t.devices.new}</Badge>}
        </div>
        <p>
          {t.devices.lastSeen(format.ago(session.lastSeenAt, now))} · {session.ip}
        </p>
        <details className={classes.details}>
          <summary>{t.devices.details}</summary>
          <dl>
            <dt>{t.devices.device}</dt>
            <dd>{device}</dd>
            <dt>{t.devices.signedIn}</dt>
            <dd>{format.dateTime(session.createdAt)}</dd>
            <dt>{t.devices.seen}</dt>
            <dd>{format.dateTime(session.lastSeenAt)}</dd>
            <dt>{t.devices.ends}</dt>
            <dd>{format.dateTime(session.expiresAt)}</dd>
            <dt>{t.devices.ip}</dt>
            <dd>{session.ip}</dd>
          </dl>
        </details>
        {isRenaming && <RenameForm session={session} name={name} onDone={() => setRenaming(false)} />}
      </div>
      {!isRenaming && (
        <div className={classes.actions}>
          <Button
            variant="subtle"
            size="sm"
            onClick={() => setRenaming(true)}
            aria-label={t.devices.renameLabel(name)}
            leftSection={<Icon name="pencil" size={16} />}
          >
            {t.devices.rename}
          </Button>
          {!session.current && (
            <Button
              variant="default"
              size="sm"
              onClick={onEnd}
              aria-label={t.devices.endLabel(name)}
              aria-disabled={isEnding || undefined}
            >
              {t.devices.end}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

function RenameForm({ session, name, onDone }: { session: SessionItem; name: string; onDone: () => void }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { field, onSubmit, ...form } = useContractForm({
    schema: renameSessionInput,
    initialValues: { sessionId: session.id, name },
    mutation: trpc.session.rename.useMutation(),
    focus: 'name',
    onSuccess: (_done, values) => {
      utils.session.list.setData(undefined, (list) =>
        list?.map((item) => (item.id === session.id ? { ...item, name: values.name.trim() } : item)),
      );
      onDone();
    },
  });
  return (
    <form onSubmit={onSubmit} noValidate className={classes.rename}>
      <Rows>
        <ProblemNotice trouble={form.trouble} />
        <TextInput label={t.devices.newName} required autoComplete="off" {...field('name')} />
        <Group gap="xs" align="flex-start">
          <SubmitButton form={form}>{t.common.save}</SubmitButton>
          <Button variant="default" onClick={onDone}>
            {t.common.cancel}
          </Button>
        </Group>
      </Rows>
    </form>
  );
}
