import type { AppErrorData } from '@latchkey/shared/errors';
import { useEffect, useRef } from 'react';
import type { Messages } from '../../i18n/en.ts';
import { clockTime } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { type Problem, retryAfterSeconds } from '../../session/problem.ts';
import { useSecondsUntil } from '../clock.ts';
import { Notice } from '../notice.tsx';

/** A problem and when it came up: a wait that the server asked for counts from there. */
export interface Trouble {
  problem: Problem;
  retryAt: number | undefined;
}

export function toTrouble(problem: Problem): Trouble {
  const seconds = retryAfterSeconds(problem);
  return { problem, retryAt: seconds === undefined ? undefined : Date.now() + seconds * 1000 };
}

/** The text of an error at the field it belongs to. */
export function fieldTextOf(app: AppErrorData, t: Messages): string {
  switch (app.code) {
    case 'PASSWORD_TOO_COMMON':
      return t.problem.weakPassword[app.details.reason];
    case 'INVALID_CREDENTIALS':
      return t.problem.wrongPassword;
    case 'USERNAME_TAKEN':
      return t.problem.usernameTaken;
    case 'EMAIL_TAKEN':
      return t.problem.emailTaken;
    case 'OTP_INVALID':
      return t.code.wrong(app.details.attemptsLeft);
    default:
      return t.problem.byCode[app.code];
  }
}

type LimitText = (time: string) => string;

function textOf(problem: Problem, secondsLeft: number, limitText: LimitText, t: Messages): string {
  if (problem.kind === 'unreachable') return t.problem.unreachable;
  if (problem.kind === 'unexpected') return t.problem.unexpected;
  if (problem.kind === 'cancelled') return t.problem.cancelled;
  const { app } = problem;
  switch (app.code) {
    case 'RATE_LIMITED':
      return secondsLeft > 0 ? limitText(clockTime(secondsLeft)) : t.problem.canGoOn;
    case 'BUSY':
      return secondsLeft > 0 ? t.problem.busyFor(clockTime(secondsLeft)) : t.problem.canGoOn;
    case 'PASSWORD_TOO_COMMON':
      return t.problem.weakPassword[app.details.reason];
    default:
      return t.problem.byCode[app.code];
  }
}

interface ProblemNoticeProps {
  trouble: Trouble | undefined;
  takesFocus?: boolean;
  /** Says of a limit what was too many and what helps. */
  limitText?: LimitText | undefined;
}

/** Says what went wrong, with the wait counted down, and takes the focus when it appears. */
export function ProblemNotice({ trouble, takesFocus = true, limitText }: ProblemNoticeProps) {
  const { t } = useLocale();
  const ref = useRef<HTMLDivElement>(null);
  const secondsLeft = useSecondsUntil(trouble?.retryAt);

  useEffect(() => {
    if (trouble && takesFocus) ref.current?.focus();
  }, [trouble, takesFocus]);

  if (!trouble) return null;
  const over = trouble.retryAt !== undefined && secondsLeft === 0;
  const text = textOf(trouble.problem, secondsLeft, limitText ?? t.problem.waitAtLeast, t);
  // A text that changes each second would be read out each second: once when it appears is enough.
  const tone = over ? 'good' : trouble.problem.kind === 'cancelled' ? 'info' : 'bad';
  return (
    <Notice tone={tone} ref={ref}>
      <span aria-live="off">{text}</span>
    </Notice>
  );
}
