import { useEffect, useState } from 'react';

/** A mail that the server of a developer caught instead of sending it. */
export interface DevMail {
  id: string;
  receivedAt: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

export type InboxState =
  | { status: 'loading' }
  | { status: 'off' }
  | { status: 'failed' }
  | { status: 'open'; mails: DevMail[]; isLive: boolean };

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/** The server offers the inbox on loopback names only; elsewhere there is nothing to ask for. */
const mayExist = () => loopbackHosts.includes(location.hostname);

async function fetchMails(signal: AbortSignal): Promise<DevMail[] | undefined> {
  if (!mayExist()) return undefined;
  const response = await fetch('/dev/mails', { signal, headers: { Accept: 'application/json' } });
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  if (response.status === 404 || (response.ok && !isJson)) return undefined;
  if (!response.ok) throw new Error(`The inbox answered ${response.status}`);
  const mails: DevMail[] = await response.json();
  return mails;
}

/** The mails, newest first, kept up to date while the page is open. */
export function useInbox(): InboxState {
  const [state, setState] = useState<InboxState>({ status: 'loading' });

  useEffect(() => {
    const leaving = new AbortController();
    let events: EventSource | undefined;

    function add(mail: DevMail) {
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
