import { TextInput, type TextInputProps } from '@mantine/core';

/** A name to sign in with, as it is typed: no keyboard corrects it. */
export function UsernameField(props: TextInputProps) {
  return (
    <TextInput
      {...props}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      required
      autoComplete="username"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
    />
  );
}
