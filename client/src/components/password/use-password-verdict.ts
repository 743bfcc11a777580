import { judgePassword, type PasswordOwner, type PasswordVerdict } from '@latchkey/shared/password-judge';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { appraise } from './password-dictionary.ts';
import { passwordStrength } from './password-strength.ts';

const pauseMilliseconds = 150;

/** The verdict of the server on the password as typed; undefined until it is known, or where it cannot be. */
export function usePasswordVerdict(password: string, owner: PasswordOwner): PasswordVerdict | undefined {
  const [verdict, setVerdict] = useState<PasswordVerdict>();
  const [asked] = useDebouncedValue(password, pauseMilliseconds);
  const { username = '', email = '', firstName = '', lastName = '' } = owner;

  useEffect(() => {
    // Of a wrong length nothing is asked, and what was said before holds for another password.
    if (passwordStrength(asked, undefined).level === 0 || asked === '') {
      setVerdict(undefined);
      return;
    }
    let current = true;
    judgePassword(asked, { username, email, firstName, lastName }, appraise)
      .catch(() => undefined)
      .then((given) => {
        if (current) setVerdict(given);
      });
    return () => {
      current = false;
    };
  }, [asked, username, email, firstName, lastName]);

  return verdict;
}
