import { limits } from '@latchkey/shared/limits';
import { Button } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { clockTime } from '../i18n/format.ts';
import { useLocale } from '../i18n/locale.tsx';
import { type PendingChallenge, renewed } from '../session/challenge.ts';
import { toProblem } from '../session/problem.ts';
import { trpc } from '../session/trpc.ts';
import { useNow } from './clock.ts';
import classes from './code-entry.module.css';
import { CodeInput } from './code-input.tsx';
import { ProblemNotice, type Trouble, toTrouble } from './problem.tsx';
import { SubmitButton } from './submit-button.tsx';
import { VisuallyHidden } from './visually-hidden.tsx';

const lastMinute = 60;

interface CodeEntryProps {
  challenge: PendingChallenge;
  /** The challenge changed: a try was lost, a new code was sent. */
  onChange: (challenge: PendingChallenge) => void;
  /** Checks a code; rejects with the error of the server. */
  verify: (otp: string) => Promise<unknown>;
  isPaused: boolean;
  /** The challenge can no longer be used at all. */
  onDead: () => void;
  noMoreResends: string;
}

/** The six digits, how long they are valid, and the way to new ones. */
export function CodeEntry({ challenge, onChange, verify, isPaused, onDead, noMoreResends }: CodeEntryProps) {
  const { t } = useLocale();
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const [isPending, setPending] = useState(false);
  const busy = useRef(false);
  const autoSubmitted = useRef(false);
  const input = useRef<HTMLInputElement>(null);

  const now = useNow(250) + challenge.clockOffsetMs;
  const secondsValid = Math.max(0, Math.ceil((Date.parse(challenge.expiresAt) - now) / 1000));
  const isExpired = secondsValid === 0;

  useEffect(() => input.current?.focus(), []);

  useEffect(() => {
    // An expired challenge sends no more codes: waiting here leads nowhere.
    if (isExpired && !busy.current) onDead();
  });

  async function submit(otp: string) {
    if (busy.current || otp.length < limits.otpDigits || (trouble?.retryAt ?? 0) > Date.now()) return;
    busy.current = true;
    setPending(true);
    setTrouble(undefined);
    setWrong(false);
    try {
      await verify(otp);
    } catch (error) {
      refuse(error);
    } finally {
      busy.current = false;
      setPending(false);
    }
  }

  function refuse(error: unknown) {
    const problem = toProblem(error);
    if (problem.kind === 'refused' && problem.app.code === 'OTP_INVALID') {
      const triesLeft = problem.app.details.attemptsLeft;
      if (triesLeft === 0) return onDead();
      onChange({ ...challenge, triesLeft });
      setWrong(true);
      input.current?.focus();
      input.current?.select();
      return;
    }
    if (problem.kind === 'refused' && problem.app.code === 'CHALLENGE_EXPIRED') return onDead();
    setTrouble(toTrouble(problem));
  }

  function type(value: string) {
    setCode(value);
    setWrong(false);
    // Once: whoever corrects a digit does not mean to lose a try with each.
    if (value.length === limits.otpDigits && !autoSubmitted.current) {
      autoSubmitted.current = true;
      void submit(value);
    }
  }

  function takeResent(next: PendingChallenge) {
    autoSubmitted.current = false;
    setCode('');
    setWrong(false);
    setTrouble(undefined);
    input.current?.focus();
    onChange(next);
  }

  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (code.length < limits.otpDigits) input.current?.focus();
        void submit(code);
      }}
    >
      <ProblemNotice trouble={trouble} />
      <div>
        <CodeInput
          ref={input}
          label={t.label.code}
          value={code}
          error={wrong && challenge.triesLeft !== undefined ? t.code.wrong(challenge.triesLeft) : undefined}
          onChange={type}
        />
        <p className={classes.validity} role="timer">
          {t.code.validFor(clockTime(secondsValid))}
        </p>
      </div>
      <SubmitButton form={{ isPending, isPaused, trouble }} fullWidth>
        {isPending ? t.code.checking : t.code.confirm}
      </SubmitButton>
      <Resend
        challenge={challenge}
        now={now}
        onResent={takeResent}
        onChange={onChange}
        onDead={onDead}
        noMore={noMoreResends}
      />
      {/* What a screen reader is told of the countdown: its turning point, not its seconds. */}
      <VisuallyHidden role="status">{secondsValid <= lastMinute && t.code.minuteLeft}</VisuallyHidden>
    </form>
  );
}

interface ResendProps {
  challenge: PendingChallenge;
  now: number;
  onResent: (challenge: PendingChallenge) => void;
  onChange: (challenge: PendingChallenge) => void;
  onDead: () => void;
  noMore: string;
}

function Resend({ challenge, now, onResent, onChange, onDead, noMore }: ResendProps) {
  const { t } = useLocale();
  const [trouble, setTrouble] = useState<Trouble>();
  const [wasSent, setSent] = useState(false);
  const busy = useRef(false);
  const resend = trpc.auth.resendOtp.useMutation();
  const { resendAvailableAt } = challenge;
  const seconds = resendAvailableAt ? Math.max(0, Math.ceil((Date.parse(resendAvailableAt) - now) / 1000)) : 0;

  async function send() {
    if (busy.current || seconds > 0) return;
    busy.current = true;
    setTrouble(undefined);
    setSent(false);
    try {
      onResent(renewed(challenge, await resend.mutateAsync({ challengeId: challenge.challengeId })));
      setSent(true);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.kind !== 'refused') setTrouble(toTrouble(problem));
      else if (problem.app.code === 'CHALLENGE_EXPIRED') onDead();
      else if (problem.app.code === 'RESEND_TOO_SOON') onChange({ ...challenge, ...problem.app.details });
      else setTrouble(toTrouble(problem));
    } finally {
      busy.current = false;
    }
  }

  return (
    <div className={classes.resend}>
      <ProblemNotice trouble={trouble} />
      <p role="status" className={classes.status}>
        {wasSent && t.code.resent}
      </p>
      {resendAvailableAt ? (
        <Button variant="default" fullWidth onClick={send} aria-disabled={seconds > 0 || resend.isPending || undefined}>
          {seconds > 0 ? t.code.resendIn(clockTime(seconds)) : t.code.resend}
        </Button>
      ) : (
        <p className={classes.validity}>{noMore}</p>
      )}
    </div>
  );
}
