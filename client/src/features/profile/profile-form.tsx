import { type User, updateProfileInput } from '@latchkey/shared/schemas';
import { SimpleGrid, TextInput } from '@mantine/core';
import { useContractForm } from '../../components/contract-form.ts';
import { FormNotice } from '../../components/form-notice.tsx';
import { LeaveGuard } from '../../components/leave-guard.tsx';
import { Rows } from '../../components/panel.tsx';
import { SubmitButton } from '../../components/submit-button.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

export function ProfileForm({ user }: { user: User }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { username, firstName, lastName } = user;
  const { field, onSubmit, ...form } = useContractForm({
    schema: updateProfileInput,
    initialValues: { firstName, lastName, username },
    mutation: trpc.user.updateProfile.useMutation(),
    place: { USERNAME_TAKEN: 'username' },
    draft: { key: `profile-${user.id}`, fields: ['firstName', 'lastName', 'username'] },
    sendsChangesOnly: true,
    onSuccess: ({ locale: _locale, ...saved }) => utils.user.me.setData(undefined, saved),
  });
  const usernameField = field('username');

  return (
    <form onSubmit={onSubmit} noValidate>
      <LeaveGuard isChanged={form.isChanged} onLeave={form.forgetDraft} />
      <Rows>
        <FormNotice form={form} done={t.profile.saved} unchanged={t.profile.unchanged} limitText={t.limit.profile} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="1.25rem">
          <TextInput label={t.label.firstName} required autoComplete="given-name" {...field('firstName')} />
          <TextInput label={t.label.lastName} required autoComplete="family-name" {...field('lastName')} />
        </SimpleGrid>
        <TextInput
          label={t.label.username}
          description={usernameField.error ? undefined : t.label.usernameHint}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          required
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          {...usernameField}
        />
        <SubmitButton form={form}>{t.common.save}</SubmitButton>
      </Rows>
    </form>
  );
}
