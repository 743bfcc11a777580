const shownCharacters = 8;

/** Enough of an id to tell it from others on a page. */
export const shortId = (id: string): string => `${id.slice(0, shownCharacters)}…`;
