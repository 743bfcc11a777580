import { changeRegistrationEmailInput } from '@latchkey/shared/schemas';
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitOrCancel } from '../../components/form/submit-or-cancel.tsx';
import { Notice } from '../../components/notice.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { clockOffsetOf, type PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';
import classes from './registration-email.module.css';

interface RegistrationEmailProps {
  registration: NonNullable<PendingChallenge['registration']>;
  challenge: PendingChallenge;
  /** The account has the other address, and a code is on its way there. */
  onChallenge: (challenge: PendingChallenge) => void;
}

/** Puts the address right that was typed at registration: to a mistyped one no code ever comes. */
export function RegistrationEmail(props: RegistrationEmailProps) {
  const { t } = useLocale();
  const [state, setState] = useState<'closed' | 'open' | 'over'>('closed');
  return (
    <div className={classes.area}>
      {state === 'closed' && (
        <Button variant="default" size="sm" onClick={() => setState('open')}>
          {t.wrongAddress.open}
        </Button>
      )}
      {state === 'open' && (
        <AddressForm {...props} onCancel={() => setState('closed')} onOver={() => setState('over')} />
      )}
      {state === 'over' && <Notice tone="bad">{t.wrongAddress.over}</Notice>}
    </div>
  );
}

interface AddressFormProps extends RegistrationEmailProps {
  onCancel: () => void;
  onOver: () => void;
}

function AddressForm({ registration, challenge, onChallenge, onCancel, onOver }: AddressFormProps) {
  const { t } = useLocale();
  const { token, email } = registration;
  const { field, onSubmit, ...form } = useContractForm({
    schema: changeRegistrationEmailInput,
    initialValues: { registrationToken: token, email },
    mutation: trpc.auth.changeRegistrationEmail.useMutation(),
    focus: 'email',
    place: { EMAIL_TAKEN: 'email' },
    divert: { CHALLENGE_EXPIRED: onOver },
    onSuccess: (response, values) =>
      onChallenge({
        ...response,
        clockOffsetMilliseconds: clockOffsetOf(response),
        username: challenge.username,
        next: challenge.next,
        registration: { token, email: values.email },
      }),
  });
  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <TextInput label={t.label.email} required type="email" autoComplete="email" {...field('email')} />
        <SubmitOrCancel form={form} onCancel={onCancel}>
          {t.wrongAddress.submit}
        </SubmitOrCancel>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.resend} />
      </Rows>
    </form>
  );
}
