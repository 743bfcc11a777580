/**
 * What the page showed before the app was there, and what was done in it: `before-app/` notes the field that had the
 * focus and the control that was pressed. The fields live on, with what was typed, when the app has taken their place.
 */
const drawn = globalThis.document?.querySelector<HTMLElement>('#root > [data-drawn]');
let isTypedTaken = false;

const controls = 'a, button';

/** What was typed, by the name of its field, and the field that was in use; only whoever asks first gets it. */
export function takeTyped(): { values: Record<string, string>; focus: string | undefined } | undefined {
  if (!drawn || isTypedTaken) return undefined;
  isTypedTaken = true;
  const fields = [...drawn.querySelectorAll('input')];
  return { values: Object.fromEntries(fields.map(({ name, value }) => [name, value])), focus: drawn.dataset.focus };
}

/** Whether the page shows the account already, as the server told it before the app was there. */
export const isAccountShown = (): boolean => drawn?.dataset.drawn === 'overview';

/** Presses again what was pressed before anything could come of it, where the app shows it in the same place. */
export function pressAgain(): void {
  const index = Number(drawn?.dataset.pressed ?? Number.NaN);
  const before = drawn?.querySelectorAll<HTMLElement>(controls)[index];
  const now = document.querySelectorAll<HTMLElement>(`#root :is(${controls})`)[index];
  if (before && now?.textContent === before.textContent) now.click();
  delete drawn?.dataset.pressed;
}
