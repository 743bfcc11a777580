import { useEffect } from 'react';

/** Ends what is said of a form when somebody goes on, in this form or in another of the page. */
export function useEndOfSaid(isSaid: boolean, end: () => void) {
  useEffect(() => {
    if (!isSaid) return;
    // When the field has taken what was typed; but before a form says what came of being sent.
    document.addEventListener('input', end);
    document.addEventListener('submit', end, true);
    return () => {
      document.removeEventListener('input', end);
      document.removeEventListener('submit', end, true);
    };
  });
}
