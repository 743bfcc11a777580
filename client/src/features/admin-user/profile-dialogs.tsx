import { type AdminUserDetails, updateUserInput } from '@latchkey/shared/admin-schemas';
import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { useContractForm } from '../../components/form/contract-form.ts';
import { UsernameField } from '../../components/form/username-field.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { localeNames, useLocale } from '../../i18n/locale.tsx';
import { clockOffsetOf, type PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';
import { ActionDialog } from './action-dialog.tsx';

interface ChangeDialogProps {
  user: AdminUserDetails;
  onCancel: () => void;
  onDone: (text: string) => void;
}

export function ChangeNameDialog({ user, onCancel, onDone }: ChangeDialogProps) {
  const { t: common } = useLocale();
  const { user: t } = useAdminMessages();
  const { firstName, lastName } = user;
  const form = useContractForm({
    schema: updateUserInput,
    initialValues: { userId: user.id, reason: '', firstName, lastName },
    mutation: trpc.admin.updateUser.useMutation(),
    onSuccess: () => onDone(t.saved),
  });
  return (
    <ActionDialog title={t.changeName(user.username)} submit={common.common.save} form={form} onCancel={onCancel}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="1.25rem">
        <TextInput label={common.label.firstName} required autoComplete="off" {...form.field('firstName')} />
        <TextInput label={common.label.lastName} required autoComplete="off" {...form.field('lastName')} />
      </SimpleGrid>
    </ActionDialog>
  );
}

export function ChangeUsernameDialog({ user, onCancel, onDone }: ChangeDialogProps) {
  const { t: common } = useLocale();
  const { user: t } = useAdminMessages();
  const form = useContractForm({
    schema: updateUserInput,
    initialValues: { userId: user.id, reason: '', username: user.username },
    mutation: trpc.admin.updateUser.useMutation(),
    place: { USERNAME_TAKEN: 'username' },
    onSuccess: () => onDone(t.saved),
  });
  return (
    <ActionDialog
      title={t.changeUsername(user.username)}
      text={t.usernameText}
      submit={common.common.save}
      form={form}
      onCancel={onCancel}
    >
      <UsernameField label={common.label.username} {...form.field('username')} autoComplete="off" />
    </ActionDialog>
  );
}

export function ChangeLanguageDialog({ user, onCancel, onDone }: ChangeDialogProps) {
  const { t: common } = useLocale();
  const { user: t } = useAdminMessages();
  const form = useContractForm({
    schema: updateUserInput,
    initialValues: { userId: user.id, reason: '', locale: user.locale },
    mutation: trpc.admin.updateUser.useMutation(),
    onSuccess: () => onDone(t.saved),
  });
  return (
    <ActionDialog
      title={t.changeLanguage(user.username)}
      text={t.languageText}
      submit={common.common.save}
      form={form}
      onCancel={onCancel}
    >
      <NativeSelect
        size="md"
        label={common.common.language}
        data={Object.entries(localeNames).map(([value, label]) => ({ value, label }))}
        {...form.form.getInputProps('locale')}
      />
    </ActionDialog>
  );
}

interface ChangeEmailDialogProps extends ChangeDialogProps {
  onWaiting: (challenge: PendingChallenge) => void;
}

/** Has a code mailed to the new address. Nothing is changed yet. */
export function ChangeEmailDialog({ user, onCancel, onDone, onWaiting }: ChangeEmailDialogProps) {
  const { t: common } = useLocale();
  const { user: t } = useAdminMessages();
  const form = useContractForm({
    schema: updateUserInput,
    initialValues: { userId: user.id, reason: '', email: '' },
    mutation: trpc.admin.updateUser.useMutation(),
    place: { EMAIL_TAKEN: 'email' },
    onSuccess: ({ emailChange }, { email, reason }) => {
      if (!emailChange) return onDone(t.email.same);
      const change = { email: email.trim(), reason };
      onWaiting({ ...emailChange, clockOffsetMilliseconds: clockOffsetOf(emailChange), change });
    },
  });
  return (
    <ActionDialog
      title={t.changeEmail(user.username)}
      text={t.email.text}
      submit={common.email.submit}
      form={form}
      onCancel={onCancel}
      limitText={common.limit.emailChange}
    >
      <TextInput label={common.label.newEmail} type="email" required autoComplete="off" {...form.field('email')} />
    </ActionDialog>
  );
}
