import type { PasswordOwner } from '@latchkey/shared/password-judge';
import type { PasswordInputProps } from '@mantine/core';
import type { Messages } from '../../i18n/en.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './new-password-fields.module.css';
import { loadPasswordDictionary } from './password-dictionary.ts';
import { PasswordField } from './password-field.tsx';
import { type PasswordStrength, passwordStrength } from './password-strength.ts';
import { usePasswordVerdict } from './use-password-verdict.ts';

interface NewPasswordFieldsProps {
  label: string;
  /** The password as typed, for the meter. */
  password: string;
  /** The person it is for, as far as the page knows: their names should not be in it. */
  owner?: PasswordOwner;
  field: (name: 'password' | 'confirmPassword') => Pick<PasswordInputProps, 'error' | 'onFocus'>;
}

const nobody: PasswordOwner = {};

function textOf(strength: PasswordStrength, t: Messages): string {
  switch (strength.kind) {
    case 'tooShort':
      return t.strength.tooShort(strength.missing);
    case 'refused':
      return t.problem.weakPassword[strength.reason];
    default:
      return t.strength[strength.kind];
  }
}

function Meter({ strength }: { strength: PasswordStrength }) {
  const { t } = useLocale();
  return (
    <span className={classes.meter} data-level={strength.level}>
      <span className={classes.bars} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      <span className={classes.text} aria-live="polite">
        {textOf(strength, t)}
      </span>
    </span>
  );
}

/** A new password and its repetition, with a meter that says what the server would. */
export function NewPasswordFields({ label, password, owner = nobody, field }: NewPasswordFieldsProps) {
  const { t } = useLocale();
  const strength = passwordStrength(password, usePasswordVerdict(password, owner));
  const { onFocus, ...input } = field('password');
  return (
    <>
      <PasswordField
        label={label}
        required
        autoComplete="new-password"
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        // What is wrong takes the place of what would help.
        description={input.error ? undefined : <Meter strength={strength} />}
        onFocus={(event) => {
          loadPasswordDictionary();
          onFocus?.(event);
        }}
        {...input}
      />
      <PasswordField
        label={t.label.repeatPassword}
        required
        autoComplete="new-password"
        {...field('confirmPassword')}
      />
    </>
  );
}
