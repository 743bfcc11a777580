import classes from './key-mark.module.css';

/** The mark: a brass key on a door of pine. The name beside it says what it is. */
export function KeyMark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" className={classes.mark}>
      <rect width="32" height="32" rx="9" className={classes.door} />
      <g className={classes.key}>
        <circle cx="11" cy="16" r="4.75" />
        <path d="M15.75 16H26M21.5 16v4M26 16v3" />
      </g>
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className={classes.wordmark}>
      <KeyMark />
      <span>Latchkey</span>
    </span>
  );
}
