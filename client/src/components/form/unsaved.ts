import { useEffect } from 'react';

const changedForms = new Set<symbol>();

/** Whether a form on the page holds something that was typed and not sent. */
export const hasUnsaved = (): boolean => changedForms.size > 0;

/** Counts a form among the changed ones while it is. */
export function useUnsaved(isChanged: boolean) {
  useEffect(() => {
    if (!isChanged) return;
    const form = Symbol('changed form');
    changedForms.add(form);
    return () => {
      changedForms.delete(form);
    };
  }, [isChanged]);
}
