import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import classes from './disclosure.module.css';
import { VisuallyHidden } from './visually-hidden.tsx';

interface DisclosureProps {
  /** What the button is called. */
  label: string;
  /** What the button shows; its name says what it is. */
  button: ReactNode;
  /** Closes it when something in it led away. */
  children: (close: () => void) => ReactNode;
}

/** A button that opens a panel below it. Escape, a click elsewhere and leaving it by keyboard close it again. */
export function Disclosure({ label, button, children }: DisclosureProps) {
  const [isOpen, setOpen] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const panelId = useId();

  useEffect(() => {
    if (!isOpen) return;
    let isTabbing = false;
    const closeFrom = (event: Event) => {
      if (event.target instanceof Node && !area.current?.contains(event.target)) setOpen(false);
    };
    // A page that comes only now takes the focus to its heading: that is nobody who leaves.
    const closeByTab = (event: FocusEvent) => {
      if (isTabbing) closeFrom(event);
      isTabbing = false;
    };
    const closeByKey = (event: KeyboardEvent) => {
      isTabbing = event.key === 'Tab';
      if (event.key !== 'Escape') return;
      setOpen(false);
      opener.current?.focus();
    };
    document.addEventListener('pointerdown', closeFrom);
    document.addEventListener('focusin', closeByTab);
    document.addEventListener('keydown', closeByKey);
    return () => {
      document.removeEventListener('keydown', closeByKey);
      document.removeEventListener('pointerdown', closeFrom);
      document.removeEventListener('focusin', closeByTab);
    };
  }, [isOpen]);

  return (
    <div ref={area} className={classes.area}>
      <button
        ref={opener}
        type="button"
        className={classes.opener}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <VisuallyHidden>{label}</VisuallyHidden>
        <span aria-hidden="true">{button}</span>
      </button>
      {isOpen && (
        <div id={panelId} className={classes.panel}>
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  );
}
