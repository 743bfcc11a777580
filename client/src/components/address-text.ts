/** A text in the address of a page that anybody may have typed. The router reads a number where it looks like one. */
export const addressText = (value: unknown): string | undefined =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined;
