import type { ReactNode } from 'react';
import classes from './value-rows.module.css';

export function ValueRows({ children }: { children: ReactNode }) {
  return <ul className={classes.rows}>{children}</ul>;
}

interface ValueRowProps {
  name: string;
  /** The level of its heading. */
  level?: 2 | 3;
  children: ReactNode;
  /** What can be done with it. */
  action: ReactNode;
}

/** A thing that has a value: its name, what it is now, and the way to change it. */
export function ValueRow({ name, level = 2, children, action }: ValueRowProps) {
  const Heading = `h${level}` as const;
  return (
    <li className={classes.row}>
      <div className={classes.text}>
        <Heading>{name}</Heading>
        <div className={classes.value}>{children}</div>
      </div>
      {action}
    </li>
  );
}
