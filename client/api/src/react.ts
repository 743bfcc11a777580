import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { LatchkeyClient } from './client.ts';
import type { ConfirmationRequest } from './confirmation.ts';
import type { SessionState } from './session-state.ts';

/** What the person is asked to confirm, and how the page says what became of it. */
export interface PendingConfirmation {
  methods: ConfirmationRequest['methods'];
  maxAgeSeconds: number;
  /** Confirms; the calls that wait go on. Rejects as `session.confirm` does, and the question stays. */
  confirm(input: { password: string }): Promise<void>;
  /** The calls that wait fail with `CONFIRMATION_CANCELLED`. */
  cancel(): void;
}

interface Shared {
  client: LatchkeyClient;
  pending: PendingConfirmation | undefined;
}

const Context = createContext<Shared | undefined>(undefined);

function useShared(): Shared {
  const shared = useContext(Context);
  if (!shared) throw new Error('put <LatchkeyProvider client={…}> around what uses Latchkey');
  return shared;
}

/** Gives the components below it a client, and catches the confirmations that its calls need. */
export function LatchkeyProvider({ client, children }: { client: LatchkeyClient; children?: ReactNode }) {
  const [pending, setPending] = useState<PendingConfirmation>();

  useEffect(() => {
    let close = (_: boolean) => {};
    const stop = client.onConfirm(
      ({ methods, maxAgeSeconds, confirm }) =>
        new Promise<boolean>((resolve) => {
          close = (confirmed) => {
            setPending(undefined);
            resolve(confirmed);
          };
          setPending({
            methods,
            maxAgeSeconds,
            confirm: async (input) => {
              await confirm(input);
              close(true);
            },
            cancel: () => close(false),
          });
        }),
    );
    return () => {
      stop();
      // Nobody can see the question any more: the calls that wait for it end.
      close(false);
    };
  }, [client]);

  const shared = useMemo(() => ({ client, pending }), [client, pending]);
  return createElement(Context.Provider, { value: shared }, children);
}

/** The client of the provider. */
export const useLatchkey = (): LatchkeyClient => useShared().client;

/** Whether somebody is signed in, and who. Looks for a kept session when it is first used; `retry` looks again. */
export function useSession(): SessionState & { problem: unknown; retry(): void } {
  const { client } = useShared();
  const state = useSyncExternalStore(client.state.subscribe, client.state.get, client.state.get);
  const [problem, setProblem] = useState<unknown>();
  const retry = useCallback(() => {
    setProblem(undefined);
    client.state.restore().catch(setProblem);
  }, [client]);
  useEffect(() => {
    if (client.state.get().status === 'unknown') retry();
  }, [client, retry]);
  return { ...state, problem, retry };
}

/** The confirmation that calls wait for; undefined while there is none. A page shows one dialog for it. */
export const useRequireConfirm = (): PendingConfirmation | undefined => useShared().pending;
