import type { Messages } from '../i18n/en.ts';
import { useLocale } from '../i18n/locale.tsx';
import classes from './new-password-fields.module.css';
import { PasswordField } from './password-field.tsx';
import { type PasswordStrength, passwordStrength } from './password-strength.ts';

interface NewPasswordFieldsProps {
  label: string;
  /** The password as typed, for the meter. */
  password: string;
  /** What a password should not be made of: names and addresses. */
  personal?: string[];
  field: (name: 'password' | 'confirmPassword') => { error: string | undefined };
}

/** A new password and its repetition, with a meter that says what would make it stronger. */
export function NewPasswordFields({ label, password, personal = [], field }: NewPasswordFieldsProps) {
  const { t } = useLocale();
  const strength = passwordStrength(password, personal);
  return (
    <>
      <PasswordField
        label={label}
        required
        autoComplete="new-password"
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        description={
          <span className={classes.meter} data-level={strength.kind === 'empty' ? undefined : strength.level}>
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
        }
        {...field('password')}
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

function textOf(strength: PasswordStrength, t: Messages): string {
  return strength.kind === 'tooShort' ? t.strength.tooShort(strength.missing) : t.strength[strength.kind];
}
