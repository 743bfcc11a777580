import type { ReactNode } from 'react';
import { TextLink } from '../../../components/text-link.tsx';
import classes from './account-rows.module.css';

export function AccountRows({ children }: { children: ReactNode }) {
  return <ul className={classes.rows}>{children}</ul>;
}

interface AccountRowProps {
  name: string;
  to:
    | '/account/profile'
    | '/account/email'
    | '/account/password'
    | '/account/devices'
    | '/account/activity'
    | '/forgot-password';
  action: string;
  children: ReactNode;
}

/** One thing of the account: what it is now, and the way to change it. */
export function AccountRow({ name, to, action, children }: AccountRowProps) {
  return (
    <li className={classes.row}>
      <div className={classes.text}>
        <h2>{name}</h2>
        <div className={classes.value}>{children}</div>
      </div>
      <TextLink to={to} aria-label={`${name}: ${action}`} className={classes.action}>
        {action}
      </TextLink>
    </li>
  );
}
