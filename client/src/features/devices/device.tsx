import { renameSessionInput, type SessionItem } from '@latchkey/shared/schemas';
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitOrCancel } from '../../components/form/submit-or-cancel.tsx';
import { Icon } from '../../components/icons.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './device-list.module.css';
import { DeviceRow } from './device-row.tsx';

interface DeviceProps {
  session: SessionItem;
  now: number;
  onEnd: () => void;
  isEnding: boolean;
}

/** A session of one's own, with what can be done with it. */
export function Device({ session, now, onEnd, isEnding }: DeviceProps) {
  const { t } = useLocale();
  const [isRenaming, setRenaming] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasRenaming = useRef(false);
  const name = session.name ?? t.devices.nameOf(session);

  useEffect(() => {
    // The form that had the focus is gone.
    if (wasRenaming.current && !isRenaming) opener.current?.focus();
    wasRenaming.current = isRenaming;
  }, [isRenaming]);

  return (
    <DeviceRow
      session={session}
      now={now}
      actions={
        !isRenaming && (
          <>
            <Button
              ref={opener}
              variant="default"
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
          </>
        )
      }
    >
      {isRenaming && <RenameForm session={session} name={name} onDone={() => setRenaming(false)} />}
    </DeviceRow>
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
        <TextInput label={t.devices.newName} required autoComplete="off" {...field('name')} />
        <SubmitOrCancel form={form} onCancel={onDone}>
          {t.common.save}
        </SubmitOrCancel>
        <ProblemNotice trouble={form.trouble} />
      </Rows>
    </form>
  );
}
