import { type ReactNode } from 'react';
import type { LatchkeyClient } from './client.js';
import type { ConfirmationRequest } from './confirmation.js';
import type { SessionState } from './session-state.js';
/** What the person is asked to confirm, and how the page says what became of it. */
export interface PendingConfirmation {
    methods: ConfirmationRequest['methods'];
    maxAgeSeconds: number;
    /** Confirms; the calls that wait go on. Rejects as `session.confirm` does, and the question stays. */
    confirm(input: {
        password: string;
    }): Promise<void>;
    /** The calls that wait fail with `CONFIRMATION_CANCELLED`. */
    cancel(): void;
}
interface Shared {
    client: LatchkeyClient;
    pending: PendingConfirmation | undefined;
}
/** Gives the components below it a client, and catches the confirmations that its calls need. */
export declare function LatchkeyProvider({ client, children }: {
    client: LatchkeyClient;
    children?: ReactNode;
}): import('react').FunctionComponentElement<import('react').ProviderProps<Shared | undefined>>;
/** The client of the provider. */
export declare const useLatchkey: () => LatchkeyClient;
/** Whether somebody is signed in, and who. Looks for a kept session when it is first used; `retry` looks again. */
export declare function useSession(): SessionState & {
    problem: unknown;
    retry(): void;
};
/** The confirmation that calls wait for; undefined while there is none. A page shows one dialog for it. */
export declare const useRequireConfirm: () => PendingConfirmation | undefined;
export {};