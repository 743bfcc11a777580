import { limits } from '@latchkey/shared/limits';
import { type ClipboardEvent, type Ref, type SyntheticEvent, useId, useState } from 'react';
import classes from './code-input.module.css';

interface CodeInputProps {
  label: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
}

const positions = Array.from({ length: limits.otpDigits }, (_, index) => index);

/** The code in a pasted text: six digits in a row if there are any ("Your OTP is 123456. It is valid for 5 minutes."). */
function codeIn(text: string): string {
  const inARow = text.match(/(?<!\d)\d{3}[\s-]?\d{3}(?!\d)/)?.[0] ?? text;
  return inARow.replace(/\D/g, '').slice(0, limits.otpDigits);
}

/**
 * Six boxes drawn behind one real input: what fills in codes (phones, password managers, a paste) sees one field, and so
 * does a screen reader.
 */
export function CodeInput({ label, value, error, onChange, ref }: CodeInputProps) {
  const id = useId();
  const [selection, setSelection] = useState<[number, number]>();

  function paste(event: ClipboardEvent<HTMLInputElement>) {
    const code = codeIn(event.clipboardData.getData('text'));
    if (code.length < limits.otpDigits) return;
    event.preventDefault();
    onChange(code);
  }

  function follow({ currentTarget: input }: SyntheticEvent<HTMLInputElement>) {
    setSelection([input.selectionStart ?? 0, input.selectionEnd ?? 0]);
  }

  const [from, to] = selection ?? [-1, -1];
  return (
    <div>
      <label htmlFor={id} className={classes.label}>
        {label}
      </label>
      <div className={classes.field} data-error={error ? true : undefined}>
        <div className={classes.boxes} aria-hidden="true">
          {positions.map((index) => (
            <span
              key={index}
              className={classes.box}
              data-active={
                (from === to ? index === Math.min(from, limits.otpDigits - 1) : index >= from && index < to) ||
                undefined
              }
              data-caret={(from === to && index === from) || undefined}
            >
              {value[index]}
            </span>
          ))}
        </div>
        <input
          ref={ref}
          id={id}
          name="otp"
          className={classes.input}
          type="text"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]*"
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => onChange(codeIn(event.currentTarget.value))}
          onPaste={paste}
          onSelect={follow}
          onFocus={follow}
          onBlur={() => setSelection(undefined)}
        />
      </div>
      <p id={`${id}-error`} role="alert" className={classes.error}>
        {error}
      </p>
    </div>
  );
}
