import { useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { Icon } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './preferences.module.css';
import { useThemeColor } from './theme-color.ts';

const schemes = [
  { value: 'light', icon: 'sun' },
  { value: 'dark', icon: 'moon' },
  { value: 'auto', icon: 'device' },
] as const;

/** Light, dark, or as the system has it. */
export function ColorSchemeChoice() {
  const { t } = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = useId();
  useThemeColor();
  return (
    <fieldset className={classes.schemes}>
      <legend>{t.preferences.theme}</legend>
      <div className={classes.schemeRow}>
        {schemes.map(({ value, icon }) => (
          <label key={value} className={classes.scheme}>
            <input type="radio" name={name} checked={colorScheme === value} onChange={() => setColorScheme(value)} />
            <span>
              <Icon name={icon} size={18} />
              {t.preferences.themes[value]}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
