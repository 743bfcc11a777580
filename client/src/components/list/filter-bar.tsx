import { Button } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { Icon } from '../icons.tsx';
import classes from './filter-bar.module.css';

interface FilterBarProps {
  /** What is typed into. */
  find: ReactNode;
  /** What the button is called that shows the filters on a phone. */
  opener: string;
  /** Whether the filters stand in one line wherever there is room for all of them. */
  oneLine?: boolean;
  /** The filters. */
  children: ReactNode;
}

/** What narrows a list: something to type into, and filters, which a phone shows when asked to. */
export function FilterBar({ find, opener, oneLine, children }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const filtersId = useId();
  return (
    <search className={classes.bar}>
      <div className={classes.first}>
        <div className={classes.find}>{find}</div>
        <div className={classes.opener}>
          <Button
            variant="default"
            aria-expanded={isOpen}
            aria-controls={filtersId}
            onClick={() => setOpen(!isOpen)}
            leftSection={<Icon name="sliders" size={18} />}
          >
            {opener}
          </Button>
        </div>
      </div>
      <div
        id={filtersId}
        className={classes.filters}
        data-open={isOpen || undefined}
        data-one-line={oneLine || undefined}
      >
        {children}
      </div>
    </search>
  );
}
