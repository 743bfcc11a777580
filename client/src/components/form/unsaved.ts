import { useEffect } from 'react';
import { writeDraft } from '../../session/draft.ts';

/** The forms that are changed, each with the key of its draft where it keeps one. */
const changedForms = new Map<symbol, string | undefined>();

/** Whether a form on the page holds something that was typed and not sent. */
export const hasUnsaved = (): boolean => changedForms.size > 0;

/** What was typed and not sent is given up: no draft brings it back. */
export function forgetUnsaved() {
  for (const draftKey of changedForms.values()) if (draftKey) writeDraft(draftKey, {});
}

/** Counts a form among the changed ones while it is. */
export function useUnsaved(isChanged: boolean, draftKey: string | undefined) {
  useEffect(() => {
    if (!isChanged) return;
    const form = Symbol('changed form');
    changedForms.set(form, draftKey);
    return () => {
      changedForms.delete(form);
    };
  }, [isChanged, draftKey]);
}
