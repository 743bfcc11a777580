import { changeUsernameInput, type User } from '@latchkey/shared/schemas';
import { useContractForm } from '../../components/form/contract-form.ts';
import { FormEnd } from '../../components/form/form-end.tsx';
import { UsernameField } from '../../components/form/username-field.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

export function UsernameForm({ user }: { user: User }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { field, onSubmit, ...form } = useContractForm({
    schema: changeUsernameInput,
    initialValues: { username: user.username },
    mutation: trpc.user.changeUsername.useMutation(),
    check: {
      // One's own name is nobody else's, however it is written.
      username: async (username) =>
        username.toLowerCase() === user.username.toLowerCase() ||
        (await utils.auth.isUsernameFree.fetch({ username })).free
          ? undefined
          : t.problem.usernameTaken,
    },
    place: { USERNAME_TAKEN: 'username' },
    draft: { key: `username-${user.id}`, fields: ['username'] },
    sendsChangesOnly: true,
    onSuccess: (renamed) => {
      utils.user.me.setData(undefined, renamed);
      void utils.user.listActivity.invalidate();
    },
  });

  const name = field('username');

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <UsernameField label={t.label.username} description={name.error ? undefined : t.username.hint} {...name} />
        <FormEnd form={form} done={t.username.saved} unchanged={t.profile.unchanged} limitText={t.limit.username}>
          {t.username.submit}
        </FormEnd>
      </Rows>
    </form>
  );
}
