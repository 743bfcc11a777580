const prefix = 'latchkey-draft-';

type Values = Record<string, string>;

/** The values of a form that was left before it was sent, as this tab keeps them. It never holds a password or a code. */
export function readDraft(key: string): Values {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(prefix + key) ?? '{}');
    const entries = Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string');
    return Object.fromEntries(entries) as Values;
  } catch {
    return {};
  }
}

export function writeDraft(key: string, values: Values) {
  try {
    if (Object.keys(values).length > 0) sessionStorage.setItem(prefix + key, JSON.stringify(values));
    else sessionStorage.removeItem(prefix + key);
  } catch {
    // Without storage a draft lives as long as its page.
  }
}

export function forgetDrafts() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // Without storage there is none.
  }
}
