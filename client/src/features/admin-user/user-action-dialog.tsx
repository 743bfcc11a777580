import { type AdminUserDetails, userActionInput } from '@latchkey/shared/admin-schemas';
import { TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import type { AdminMessages } from '../../i18n/admin/en.ts';
import { trpc } from '../../session/trpc.ts';
import { ActionDialog } from './action-dialog.tsx';

export type UserActionName = keyof AdminMessages['user']['actions'];

interface Action {
  userId: string;
  reason: string;
}

/** How each action is sent. */
function useSenders(): Record<
  UserActionName,
  { mutateAsync: (action: Action) => Promise<unknown>; isPaused: boolean }
> {
  const setStatus = trpc.admin.setUserStatus.useMutation();
  const setRole = trpc.admin.setUserRole.useMutation();
  const status = (to: 'active' | 'disabled') => ({
    mutateAsync: (action: Action) => setStatus.mutateAsync({ ...action, status: to }),
    isPaused: setStatus.isPaused,
  });
  const role = (to: 'user' | 'admin') => ({
    mutateAsync: (action: Action) => setRole.mutateAsync({ ...action, role: to }),
    isPaused: setRole.isPaused,
  });
  return {
    unlock: trpc.admin.unlockUser.useMutation(),
    sendReset: trpc.admin.sendPasswordReset.useMutation(),
    endSessions: trpc.admin.revokeUserSessions.useMutation(),
    grant: role('admin'),
    withdraw: role('user'),
    enable: status('active'),
    disable: status('disabled'),
    remove: trpc.admin.deleteUser.useMutation(),
  };
}

interface UserActionDialogProps {
  action: UserActionName;
  user: AdminUserDetails;
  isSelf: boolean;
  isDangerous: boolean;
  onCancel: () => void;
  onDone: (text: string) => void;
}

/** Asks whether it shall be done, and why; of what cannot be undone, to whom as well. */
export function UserActionDialog({ action, user, isSelf, isDangerous, onCancel, onDone }: UserActionDialogProps) {
  const { user: t } = useAdminMessages();
  const utils = trpc.useUtils();
  const texts = t.actions[action];
  const toSelf: Partial<Record<UserActionName, string>> = t.toSelf;
  const mustName = action === 'remove';
  const [named, setNamed] = useState('');
  const [isAsked, setAsked] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const isNamed = !mustName || named.trim() === user.username;
  const form = useContractForm({
    schema: userActionInput,
    initialValues: { userId: user.id, reason: '' },
    mutation: useSenders()[action],
    onSuccess: () => onDone(texts.done(user.username)),
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    setAsked(true);
    if (isNamed) return form.onSubmit(event);
    event.preventDefault();
    nameField.current?.focus();
  }

  return (
    <ActionDialog
      title={texts.title(user.username)}
      text={texts.text}
      warning={isSelf ? toSelf[action] : undefined}
      submit={texts.label}
      isDangerous={isDangerous}
      form={{ ...form, onSubmit: submit }}
      onCancel={() => {
        // What was refused may have been changed by somebody else meanwhile.
        if (form.trouble) void utils.admin.getUser.invalidate({ userId: user.id });
        onCancel();
      }}
    >
      {mustName && (
        <TextInput
          ref={nameField}
          label={t.typeName(user.username)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={named}
          onChange={(event) => setNamed(event.currentTarget.value)}
          error={isAsked && !isNamed ? t.otherName : undefined}
        />
      )}
    </ActionDialog>
  );
}
