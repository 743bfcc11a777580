import { type ReactNode, type Ref, useEffect, useRef } from 'react';
import { Icon } from './icons.tsx';
import classes from './notice.module.css';

interface NoticeProps {
  tone: 'info' | 'good' | 'bad';
  children: ReactNode;
  /** Set where the notice takes the focus, so that keyboard and screen reader land on it. */
  ref?: Ref<HTMLDivElement>;
}

/** Something that has to be said on the page. What is bad interrupts a screen reader; the rest waits its turn. */
export function Notice({ tone, children, ref }: NoticeProps) {
  return (
    <div
      ref={ref}
      tabIndex={ref ? -1 : undefined}
      role={tone === 'bad' ? 'alert' : 'status'}
      className={classes.notice}
      data-tone={tone}
    >
      <Icon name={tone === 'good' ? 'check' : 'alert'} />
      <div>{children}</div>
    </div>
  );
}

/** A notice that takes over the focus of a control that is gone. */
export function FocusedNotice(props: Omit<NoticeProps, 'ref'>) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), []);
  return <Notice {...props} ref={ref} />;
}
