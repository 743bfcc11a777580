import { limits } from '@latchkey/shared/limits';
import { type ClipboardEvent, type RefObject, useEffect, useId, useState } from 'react';
import classes from './code-input.module.css';

interface CodeInputProps {
  label: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
  ref: RefObject<HTMLInputElement | null>;
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

  // Of the document, which also hears of what a script, a resend or a paste selects.
  useEffect(() => {
    function follow() {
      const input = ref.current;
      const hasFocus = input && document.activeElement === input;
      setSelection(hasFocus ? [input.selectionStart ?? 0, input.selectionEnd ?? 0] : undefined);
    }
    document.addEventListener('selectionchange', follow);
    return () => document.removeEventListener('selectionchange', follow);
  }, [ref]);

  // A wrong code is typed over as a whole.
  useEffect(() => {
    if (!error) return;
    ref.current?.focus();
    ref.current?.select();
    setSelection([0, limits.otpDigits]);
  }, [error, ref]);

  // After the last digit went, so did the place behind it.
  const [first, last] = selection ?? [-1, -1];
  const from = Math.min(first, value.length);
  const to = Math.min(last, value.length);
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
          onFocus={({ currentTarget: input }) => setSelection([input.selectionStart ?? 0, input.selectionEnd ?? 0])}
          onBlur={() => setSelection(undefined)}
        />
      </div>
      <p id={`${id}-error`} role="alert" className={classes.error}>
        {error}
      </p>
    </div>
  );
}
