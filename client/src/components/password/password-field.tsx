import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useLocale } from '../../i18n/locale.tsx';
import { Icon } from '../icons.tsx';

/** A password that can be shown; the button for it is reached by keyboard and says what it does. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useLocale();
  return (
    <PasswordInput
      {...props}
      visibilityToggleFocusable
      visibilityToggleIcon={({ reveal }) => <Icon name={reveal ? 'eyeOff' : 'eye'} />}
      visibilityToggleButtonProps={{ 'aria-label': t.common.showPassword }}
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}
