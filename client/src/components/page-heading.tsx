import { Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './page-heading.module.css';

/** The first page gets its focus from the browser; every later one from its heading. */
let isFirstPage = true;

interface PageHeadingProps {
  title: string;
  lead?: ReactNode;
  /** Set where another element of the page takes the focus. */
  keepFocus?: boolean;
}

/** The heading of a page: it names the window, and takes the focus when the page was reached from within the app. */
export function PageHeading({ title, lead, keepFocus = false }: PageHeadingProps) {
  const ref = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = title === 'Latchkey' ? title : `${title} · Latchkey`;
  }, [title]);

  useEffect(() => {
    if (!isFirstPage && !keepFocus) ref.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, [keepFocus]);

  return (
    <header className={classes.header}>
      <Title order={1} ref={ref} tabIndex={-1} className={classes.title}>
        {title}
      </Title>
      {lead && (
        <Text c="dimmed" className={classes.lead}>
          {lead}
        </Text>
      )}
    </header>
  );
}
