import type { ReactNode } from 'react';
import classes from './panel.module.css';

/** A surface that holds one thing. */
export function Panel({ children }: { children: ReactNode }) {
  return <div className={classes.panel}>{children}</div>;
}

/** Parts of a form or a page, one under the other. */
export function Rows({ children }: { children: ReactNode }) {
  return <div className={classes.rows}>{children}</div>;
}
