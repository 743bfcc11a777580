import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { loopbackHosts } from '@latchkey/shared/loopback';
import { useEffect, useState } from 'react';

export type InboxState =
  | { status: 'loading' }
  | { status: 'off' }
  | { status: 'failed' }
  | { status: 'open'; mails: CaughtMail[]; isLive: boolean };

/** The server offers the inbox on loopback names only; elsewhere there is nothing to ask for. */
const mayExist = () => loopbackHosts.includes(location.hostname);

async function fetchMails(signal: AbortSignal): Promise<CaughtMail[] | undefined> {
  if (!mayExist()) return undefined;
  const response = await fetch('/dev/mails', { signal, headers: { Accept: 'application/json' } });
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  if (response.status === 404 || (response.ok && !isJson)) return undefined;
  if (!response.ok) throw new Error(`The inbox answered ${response.status}`);
  const mails: CaughtMail[] = await response.json();
  return mails;
}

/** The mails, newest first, kept up to date while the page is open. */
export function useInbox(): InboxState {
  const [state, setState] = useState<InboxState>({ status: 'loading' });

  useEffect(() => {
    const leaving = new AbortController();
    let events: EventSource | undefined;

    function add(mail: CaughtMail) {
      setState((current) =>
        current.status === 'open'
          ? { ...current, mails: [mail, ...current.mails.filter(({ id }) => id !== mail.id)] }
          : current,
      );
    }

    /** Also after a lost connection: mails that came meanwhile are in the list, not in the stream. */
    async function load(isLive: boolean) {
      const mails = await fetchMails(leaving.signal);
      setState(mails ? { status: 'open', mails, isLive } : { status: 'off' });
      return mails !== undefined;
    }

    function listen() {
      events = new EventSource('/dev/mails/events');
      events.addEventListener('mail', (event: MessageEvent<string>) => add(JSON.parse(event.data)));
      events.addEventListener('clear', () =>
        setState((current) => (current.status === 'open' ? { ...current, mails: [] } : current)),
      );
      events.addEventListener('open', () => void load(true).catch(fail));
      events.addEventListener('error', () =>
        setState((current) => (current.status === 'open' ? { ...current, isLive: false } : current)),
      );
    }

    function fail() {
      if (!leaving.signal.aborted) setState({ status: 'failed' });
    }

    load(false).then((isThere) => {
      if (isThere && !leaving.signal.aborted) listen();
    }, fail);

    return () => {
      leaving.abort();
      events?.close();
    };
  }, []);

  return state;
}

/** Throws all mails away; every open inbox hears of it by its stream. */
export async function clearMails(): Promise<void> {
  const response = await fetch('/dev/mails', { method: 'DELETE' });
  if (!response.ok) throw new Error(`The inbox answered ${response.status}`);
}

/** Whether this server has an inbox to point to. */
export function useHasInbox(): boolean {
  const [has, setHas] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    fetchMails(leaving.signal).then(
      (mails) => setHas(mails !== undefined),
      () => undefined,
    );
    return () => leaving.abort();
  }, []);
  return has;
}
