import { useMantineColorScheme } from '@mantine/core';
import { Icon } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './preferences.module.css';
import { useThemeColor } from './theme-color.ts';

export function ColorSchemeButton() {
  const { t } = useLocale();
  const { setColorScheme } = useMantineColorScheme();
  const next = useThemeColor() === 'light' ? 'dark' : 'light';
  const label = next === 'dark' ? t.common.toDark : t.common.toLight;
  return (
    <button
      type="button"
      className={classes.button}
      onClick={() => setColorScheme(next)}
      aria-label={label}
      title={label}
    >
      <Icon name={next === 'dark' ? 'moon' : 'sun'} />
    </button>
  );
}
