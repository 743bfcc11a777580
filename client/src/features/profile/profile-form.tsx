import { type User, updateProfileInput } from '@latchkey/shared/schemas';
import { SimpleGrid, TextInput } from '@mantine/core';
import { useContractForm } from '../../components/form/contract-form.ts';
import { FormEnd } from '../../components/form/form-end.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

export function ProfileForm({ user }: { user: User }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { firstName, lastName } = user;
  const { field, onSubmit, ...form } = useContractForm({
    schema: updateProfileInput,
    initialValues: { firstName, lastName },
    mutation: trpc.user.updateProfile.useMutation(),
    draft: { key: `profile-${user.id}`, fields: ['firstName', 'lastName'] },
    sendsChangesOnly: true,
    onSuccess: (saved) => utils.user.me.setData(undefined, saved),
  });

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="1.25rem">
          <TextInput label={t.label.firstName} required autoComplete="given-name" {...field('firstName')} />
          <TextInput label={t.label.lastName} required autoComplete="family-name" {...field('lastName')} />
        </SimpleGrid>
        <FormEnd form={form} done={t.profile.saved} unchanged={t.profile.unchanged} limitText={t.limit.profile}>
          {t.common.save}
        </FormEnd>
      </Rows>
    </form>
  );
}
