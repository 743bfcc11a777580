import { useEffect, useState } from 'react';

/**
 * The secret in the fragment of a link, read once and then taken out of the address bar and the history. The tab keeps
 * it until it is used or refused, so that a reload does not call a good link a bad one.
 */
export function useLinkSecret(name: 'token' | 'code') {
  const key = `latchkey-link-${name}`;
  const [secret, setSecret] = useState(() => {
    const fromLink = new URLSearchParams(window.location.hash.slice(1)).get(name);
    try {
      if (fromLink) sessionStorage.setItem(key, fromLink);
      return fromLink ?? sessionStorage.getItem(key) ?? undefined;
    } catch {
      return fromLink ?? undefined;
    }
  });

  useEffect(() => {
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);

  function forget() {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // Without storage nothing was kept.
    }
  }
  return {
    secret,
    forget,
    refuse() {
      forget();
      setSecret(undefined);
    },
  };
}
