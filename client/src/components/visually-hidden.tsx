import type { ReactNode } from 'react';
import classes from './visually-hidden.module.css';

/** A text for those who listen to the page. Where it changes, `role="status"` has it read out. */
export function VisuallyHidden({ role, children }: { role?: 'status'; children: ReactNode }) {
  return (
    <span role={role} className={classes.hidden}>
      {children}
    </span>
  );
}
