import { useEffect, useState } from 'react';

/** The time, renewed every so many milliseconds while somebody looks at it. */
export function useNow(everyMilliseconds: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMilliseconds);
    return () => clearInterval(timer);
  }, [everyMilliseconds, running]);
  return now;
}

/** Whole seconds until a moment, counting down to 0. */
export function useSecondsUntil(untilMilliseconds: number | undefined): number {
  const [over, setOver] = useState<number>();
  const running = untilMilliseconds !== undefined && over !== untilMilliseconds;
  const now = useNow(250, running);
  const seconds = untilMilliseconds === undefined ? 0 : Math.max(0, Math.ceil((untilMilliseconds - now) / 1000));
  if (running && seconds === 0) setOver(untilMilliseconds);
  return seconds;
}
