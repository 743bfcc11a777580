import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useEffect } from 'react';
import { Icon } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './preferences.module.css';

export function ColorSchemeButton() {
  const { t } = useLocale();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'light' ? 'dark' : 'light';
  // The frame of the browser follows the choice, as before the first paint.
  useEffect(() => {
    const color = scheme === 'dark' ? '#131816' : '#f6f8f6';
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', color);
  }, [scheme]);
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
