import { useEffect } from 'react';

const events = ['input', 'submit'] as const;

/** Ends what is said of a form when somebody goes on, in this form or in another of the page. */
export function useEndOfSaid(isSaid: boolean, end: () => void) {
  useEffect(() => {
    if (!isSaid) return;
    // On the way down: what a form says of being sent comes after it.
    for (const event of events) document.addEventListener(event, end, true);
    return () => {
      for (const event of events) document.removeEventListener(event, end, true);
    };
  });
}
