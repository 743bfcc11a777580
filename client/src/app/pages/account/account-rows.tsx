import type { ReactNode } from 'react';
import { TextLink } from '../../../components/text-link.tsx';
import { ValueRow } from '../../../components/value-rows.tsx';
import classes from './account-rows.module.css';

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
    <ValueRow
      name={name}
      action={
        <TextLink to={to} aria-label={`${name}: ${action}`} className={classes.action}>
          {action}
        </TextLink>
      }
    >
      {children}
    </ValueRow>
  );
}
