import { limits } from '@latchkey/shared/limits';
import { Button } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { clockTime } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { type PendingChallenge, renewed, type ServerChallenge } from '../../session/challenge.ts';
import { type Problem, refusalOf } from '../../session/problem.ts';
import { useNow } from '../clock.ts';
import { useAttempt } from '../form/attempt.ts';
import { ProblemNotice } from '../form/problem.tsx';
import { SubmitButton } from '../form/submit-button.tsx';
import { VisuallyHidden } from '../visually-hidden.tsx';
import classes from './code-entry.module.css';
import { CodeInput } from './code-input.tsx';

const lastMinute = 60;

/** Why a challenge is of no use any more: too many tries, or it was used, or its time is over. */
export type DeadReason = 'tries' | 'over';

interface CodeEntryProps {
  challenge: PendingChallenge;
  /** The challenge changed: a try was lost, a new code was sent. */
  onChange: (challenge: PendingChallenge) => void;
  /** Checks a code; rejects with the error of the server. */
  verify: (otp: string) => Promise<unknown>;
  /** Asks for a new code; rejects with the error of the server. */
  resend: () => Promise<ServerChallenge>;
  isPaused: boolean;
  /** The challenge can no longer be used at all. */
  onDead: (reason: DeadReason) => void;
  noMoreResends: string;
}

/** The six digits, how long they are valid, and the way to new ones. */
export function CodeEntry({ challenge, onChange, verify, resend, isPaused, onDead, noMoreResends }: CodeEntryProps) {
  const { t } = useLocale();
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState(false);
  const [toldExpired, setToldExpired] = useState(false);
  const { attempt, isPending, trouble, clearTrouble } = useAttempt();
  const lastSent = useRef('');
  const input = useRef<HTMLInputElement>(null);

  const now = useNow(250) + challenge.clockOffsetMilliseconds;
  const secondsValid = Math.max(0, Math.ceil((Date.parse(challenge.expiresAt) - now) / 1000));
  const isExpired = secondsValid === 0 || toldExpired;
  const error = wrong && challenge.triesLeft !== undefined ? t.code.wrong(challenge.triesLeft) : undefined;

  useEffect(() => input.current?.focus(), []);

  useEffect(() => {
    // No other code can be had: waiting here leads nowhere.
    if (isExpired && !isPending && challenge.resendAvailableAt === null) onDead('over');
  });

  async function submit(otp: string) {
    if (otp.length < limits.otpDigits || isExpired) return;
    lastSent.current = otp;
    setWrong(false);
    await attempt(() => verify(otp), refuse);
  }

  function refuse(problem: Problem): boolean {
    const refusal = refusalOf(problem);
    if (refusal?.code === 'CHALLENGE_EXPIRED') {
      if (refusal.details.resendable) setToldExpired(true);
      else onDead('over');
      return true;
    }
    if (refusal?.code !== 'OTP_INVALID') return false;
    if (refusal.details.attemptsLeft === 0) {
      onDead('tries');
      return true;
    }
    onChange({ ...challenge, triesLeft: refusal.details.attemptsLeft });
    setWrong(true);
    return true;
  }

  function type(value: string) {
    setCode(value);
    setWrong(false);
    if (value.length === limits.otpDigits && value !== lastSent.current) void submit(value);
  }

  function takeResent(next: PendingChallenge) {
    lastSent.current = '';
    setCode('');
    setWrong(false);
    setToldExpired(false);
    clearTrouble('all');
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
      <div>
        <CodeInput ref={input} label={t.label.code} value={code} error={error} onChange={type} />
        {/* What is wrong takes its place for as long as it is said, so that nothing moves. */}
        {(isExpired || !error) && (
          <p className={classes.validity} role="timer">
            {isExpired ? t.code.expired : t.code.validFor(clockTime(secondsValid))}
          </p>
        )}
      </div>
      {!isExpired && (
        <SubmitButton form={{ isPending, isPaused, trouble }} fullWidth>
          {isPending ? t.code.checking : t.code.confirm}
        </SubmitButton>
      )}
      <ProblemNotice trouble={trouble} limitText={t.limit.code} />
      <Resend
        challenge={challenge}
        now={now}
        resend={resend}
        onResent={takeResent}
        onChange={onChange}
        onDead={onDead}
        noMore={noMoreResends}
      />
      {/* A screen reader hears the turning point of the countdown, not its seconds. */}
      <VisuallyHidden role="status">
        {isExpired ? t.code.expired : secondsValid <= lastMinute && t.code.minuteLeft}
      </VisuallyHidden>
    </form>
  );
}

interface ResendProps extends Pick<CodeEntryProps, 'challenge' | 'onChange' | 'resend' | 'onDead'> {
  now: number;
  onResent: (challenge: PendingChallenge) => void;
  noMore: string;
}

function Resend({ challenge, now, resend, onResent, onChange, onDead, noMore }: ResendProps) {
  const { t } = useLocale();
  const { attempt, isPending, trouble } = useAttempt();
  const [wasSent, setSent] = useState(false);
  const { resendAvailableAt } = challenge;
  const seconds = resendAvailableAt ? Math.max(0, Math.ceil((Date.parse(resendAvailableAt) - now) / 1000)) : 0;

  async function send() {
    if (seconds > 0) return;
    setSent(false);
    await attempt(async () => {
      onResent(renewed(challenge, await resend()));
      setSent(true);
    }, refuse);
  }

  function refuse(problem: Problem): boolean {
    const refusal = refusalOf(problem);
    if (refusal?.code === 'CHALLENGE_EXPIRED') onDead('over');
    else if (refusal?.code === 'RESEND_TOO_SOON') onChange({ ...challenge, ...refusal.details });
    else return false;
    return true;
  }

  return (
    <div className={classes.resend}>
      <ProblemNotice trouble={trouble} limitText={t.limit.resend} />
      <p role="status" className={classes.status}>
        {wasSent && t.code.resent}
      </p>
      {resendAvailableAt ? (
        <Button variant="default" fullWidth onClick={send} aria-disabled={seconds > 0 || isPending || undefined}>
          {seconds > 0 ? t.code.resendIn(clockTime(seconds)) : t.code.resend}
        </Button>
      ) : (
        <p className={classes.validity}>{noMore}</p>
      )}
    </div>
  );
}
