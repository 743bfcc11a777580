import { registerInput } from '@latchkey/shared/schemas';
import { SimpleGrid, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { UsernameField } from '../../components/form/username-field.tsx';
import { Rows } from '../../components/panel.tsx';
import { NewPasswordFields } from '../../components/password/new-password-fields.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import type { PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';
import { useRegistration } from './registration.ts';

interface RegisterFormProps {
  /** Ways on, offered beside "this address has an account". */
  emailTakenActions: (email: string) => ReactNode;
  /** The account is there, and its first code is on its way. */
  onChallenge: (challenge: PendingChallenge) => void;
  /** The account is there, but no code could be asked for. */
  onRegistered: (username: string) => void;
}

/** In the order of the fields: the first that is wrong gets the focus. */
const empty = { firstName: '', lastName: '', username: '', email: '', password: '', confirmPassword: '' };

export function RegisterForm({ emailTakenActions, onChallenge, onRegistered }: RegisterFormProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { form, field, onSubmit, placedCode, ...state } = useContractForm({
    schema: registerInput,
    initialValues: empty,
    mutation: useMutation({ mutationFn: useRegistration() }),
    focus: 'firstName',
    check: {
      username: async (username) =>
        (await utils.auth.isUsernameFree.fetch({ username })).free ? undefined : t.problem.usernameTaken,
    },
    draft: { key: 'register', fields: ['firstName', 'lastName', 'username', 'email'] },
    place: { USERNAME_TAKEN: 'username', EMAIL_TAKEN: 'email', PASSWORD_TOO_COMMON: 'password' },
    onSuccess: (challenge, { username }) => (challenge ? onChallenge(challenge) : onRegistered(username)),
  });
  const { username, email, firstName, lastName, password } = form.getValues();
  const usernameField = field('username');
  const emailField = field('email');

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="1.25rem">
          <TextInput label={t.label.firstName} required autoComplete="given-name" {...field('firstName')} />
          <TextInput label={t.label.lastName} required autoComplete="family-name" {...field('lastName')} />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="1.25rem">
          <UsernameField
            label={t.label.username}
            description={usernameField.error ? undefined : t.label.usernameHint}
            {...usernameField}
          />
          <TextInput
            label={t.label.email}
            description={emailField.error ? undefined : t.label.emailHint}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            required
            type="email"
            autoComplete="email"
            {...emailField}
            error={
              placedCode === 'EMAIL_TAKEN' ? (
                <>
                  {emailField.error} {emailTakenActions(email)}
                </>
              ) : (
                emailField.error
              )
            }
          />
        </SimpleGrid>
        <NewPasswordFields
          label={t.label.password}
          password={password}
          owner={{ username, email, firstName, lastName }}
          field={field}
        />
        <SubmitButton form={state} fullWidth>
          {t.register.submit}
        </SubmitButton>
        <ProblemNotice trouble={state.trouble} limitText={t.limit.register} />
      </Rows>
    </form>
  );
}
