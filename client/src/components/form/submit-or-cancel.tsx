import { Button, Group } from '@mantine/core';
import type { ComponentProps } from 'react';
import { useLocale } from '../../i18n/locale.tsx';
import { SubmitButton } from './submit-button.tsx';

/** The buttons of a form that can be left as it is. */
export function SubmitOrCancel({
  onCancel,
  ...submit
}: ComponentProps<typeof SubmitButton> & { onCancel: () => void }) {
  const { t } = useLocale();
  return (
    <Group gap="xs" align="flex-start">
      <SubmitButton {...submit} />
      <Button variant="default" onClick={onCancel}>
        {t.common.cancel}
      </Button>
    </Group>
  );
}
