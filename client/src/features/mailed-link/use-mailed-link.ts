import { useEffect, useState } from 'react';
import { trpc } from '../../session/trpc.ts';

type SecretName = 'token' | 'code';
type Verdict = 'checking' | 'good' | 'dead';

const storageKey = (name: SecretName) => `latchkey-link-${name}`;

/** Takes the secret out of the address bar and the history. The tab keeps it, so that a reload does not lose a good link. */
function takeFromAddress(name: SecretName): string | undefined {
  const secret = new URLSearchParams(window.location.hash.slice(1)).get(name) ?? undefined;
  if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  try {
    if (secret) sessionStorage.setItem(storageKey(name), secret);
    return secret ?? sessionStorage.getItem(storageKey(name)) ?? undefined;
  } catch {
    return secret;
  }
}

/**
 * The secret of a mailed link, and whether the link still works: the server is asked on arrival, so that nobody types a
 * new password for a link that is used. Another link that is opened in the same tab takes the place of the one before.
 */
export function useMailedLink(name: SecretName) {
  const { mutateAsync: check } = trpc.auth.checkLink.useMutation();
  const [secret, setSecret] = useState(() => takeFromAddress(name));
  const [verdict, setVerdict] = useState<Verdict>('checking');

  useEffect(() => {
    function arrive() {
      // Taking the secret out of the address bar is no arrival.
      if (window.location.hash) setSecret(takeFromAddress(name));
    }
    addEventListener('hashchange', arrive);
    return () => removeEventListener('hashchange', arrive);
  }, [name]);

  useEffect(() => {
    if (!secret) return setVerdict('dead');
    let isCurrent = true;
    setVerdict('checking');
    // Where it cannot be asked, the form is shown: sending it tells.
    check(name === 'token' ? { token: secret } : { code: secret })
      .then(
        ({ valid }) => (valid ? 'good' : 'dead'),
        () => 'good' as const,
      )
      .then((told) => isCurrent && setVerdict(told));
    return () => {
      isCurrent = false;
    };
  }, [name, secret, check]);

  function forget() {
    try {
      sessionStorage.removeItem(storageKey(name));
    } catch {
      // Without storage nothing was kept.
    }
  }
  return {
    secret: secret ?? '',
    verdict,
    /** The link is used: a reload does not find it any more. */
    forget,
    /** The server said that the link does not work. */
    refuse() {
      forget();
      setVerdict('dead');
    },
  };
}
