import { limits } from '@latchkey/shared/limits';
import { TextInput } from '@mantine/core';
import type { KeyboardEvent } from 'react';
import { Icon } from '../icons.tsx';

interface SearchInputProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (typed: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Where the beginning of somebody's name or address is typed. No browser puts in what it knows, or puts it right. */
export function SearchInput({ label, onChange, ...props }: SearchInputProps) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      leftSection={<Icon name="search" size={18} />}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={limits.emailMax}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...props}
    />
  );
}
