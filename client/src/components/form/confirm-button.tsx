import { Button, Group } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useLocale } from '../../i18n/locale.tsx';

interface ConfirmButtonProps {
  label: string;
  confirmLabel: string;
  isPending: boolean;
  onConfirm: () => void;
}

/** A button that asks once more in its own place. The focus goes with the question, and back when it is taken back. */
export function ConfirmButton({ label, confirmLabel, isPending, onConfirm }: ConfirmButtonProps) {
  const { t } = useLocale();
  const [asking, setAsking] = useState(false);
  const question = useRef<HTMLButtonElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);

  useEffect(() => {
    if (asking) question.current?.focus();
    else if (wasAsking.current) opener.current?.focus();
    wasAsking.current = asking;
  }, [asking]);

  if (!asking) {
    return (
      <Button ref={opener} variant="default" onClick={() => setAsking(true)} aria-disabled={isPending || undefined}>
        {label}
      </Button>
    );
  }
  return (
    <Group gap="xs" onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}>
      <Button
        ref={question}
        color="red"
        onClick={() => {
          setAsking(false);
          if (!isPending) onConfirm();
        }}
      >
        {confirmLabel}
      </Button>
      <Button variant="default" onClick={() => setAsking(false)}>
        {t.common.cancel}
      </Button>
    </Group>
  );
}
