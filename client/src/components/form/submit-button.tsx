import { Button, type ButtonProps, Loader } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { clockTime } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { useSecondsUntil } from '../clock.ts';
import type { ContractForm } from './contract-form.ts';
import classes from './submit-button.module.css';

const slowAfterMilliseconds = 5_000;

interface SubmitButtonProps extends Pick<ButtonProps, 'color' | 'fullWidth'> {
  form: Pick<ContractForm, 'isPending' | 'isPaused' | 'trouble'>;
  children: ReactNode;
}

/** The button of a form. It says what it waits for, and never leaves the tab order, so that the focus stays on it. */
export function SubmitButton({ form, children, ...props }: SubmitButtonProps) {
  const { t } = useLocale();
  const secondsLeft = useSecondsUntil(form.trouble?.retryAt);
  const isSlow = useSlow(form.isPending && !form.isPaused);
  const waits = form.isPending || secondsLeft > 0;
  const label = form.isPaused
    ? t.common.waitingForNetwork
    : secondsLeft > 0
      ? t.common.retryIn(clockTime(secondsLeft))
      : children;

  return (
    <div>
      <Button
        {...props}
        type="submit"
        aria-disabled={waits || undefined}
        aria-busy={form.isPending || undefined}
        leftSection={form.isPending ? <Loader size={16} color="currentColor" aria-hidden="true" /> : undefined}
      >
        {label}
      </Button>
      <p role="status" className={classes.slow}>
        {isSlow && t.common.slow}
      </p>
    </div>
  );
}

function useSlow(isPending: boolean): boolean {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    if (!isPending) return;
    const timer = setTimeout(() => setSlow(true), slowAfterMilliseconds);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [isPending]);
  return isSlow;
}
