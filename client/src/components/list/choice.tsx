import { NativeSelect } from '@mantine/core';
import { Icon } from '../icons.tsx';
import classes from './choice.module.css';

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  /** In this order; the first holds where nothing is chosen. */
  options: Record<Value, string>;
  onChange: (value: Value) => void;
}

/** One of the filters of a list. One that is set stands out from those that are not. */
export function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  const values = Object.keys(options) as Value[];
  return (
    <NativeSelect
      className={classes.choice}
      aria-label={label}
      data={values.map((name) => ({ value: name, label: options[name] }))}
      rightSection={<Icon name="chevron" size={16} />}
      rightSectionWidth={32}
      rightSectionPointerEvents="none"
      value={value}
      data-set={value !== values[0] || undefined}
      onChange={(event) => onChange(event.currentTarget.value as Value)}
    />
  );
}
