import { useLocale } from '../i18n/locale.tsx';
import classes from './moment.module.css';

/** A moment of the past in few words, with its exact time for a pointer that rests on it, and in their place on a touch screen. */
export function Moment({ at, now }: { at: string; now: number }) {
  const { format } = useLocale();
  return (
    <time dateTime={at} title={format.exact(at)}>
      <span className={classes.words}>{format.ago(at, now)}</span>
      <span className={classes.exact}>{format.dateTime(at)}</span>
    </time>
  );
}
