import { useEffect, useState } from 'react';

/** The time, renewed every so many milliseconds while somebody looks at it. */
export function useNow(everyMs: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, running]);
  return now;
}

/** Whole seconds until a moment, counting down to 0. */
export function useSecondsUntil(untilMs: number | undefined): number {
  const [over, setOver] = useState<number>();
  const running = untilMs !== undefined && over !== untilMs;
  const now = useNow(250, running);
  const seconds = untilMs === undefined ? 0 : Math.max(0, Math.ceil((untilMs - now) / 1000));
  if (running && seconds === 0) setOver(untilMs);
  return seconds;
}
