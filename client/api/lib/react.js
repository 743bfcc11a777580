import { createContext, createElement, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
// src/react.ts
const Context = createContext(void 0);
function useShared() {
	const shared = useContext(Context);
	if (!shared) throw new Error("put <LatchkeyProvider client={…}> around what uses Latchkey");
	return shared;
}
/** Gives the components below it a client, and catches the confirmations that its calls need. */
function LatchkeyProvider({ client, children }) {
	const [pending, setPending] = useState();
	useEffect(() => client.onConfirm(({ methods, maxAgeSeconds, confirm }) => new Promise((resolve) => {
		const close = (confirmed) => {
			setPending(void 0);
			resolve(confirmed);
		};
		setPending({
			methods,
			maxAgeSeconds,
			confirm: async (input) => {
				await confirm(input);
				close(true);
			},
			cancel: () => close(false)
		});
	})), [client]);
	const shared = useMemo(() => ({
		client,
		pending
	}), [client, pending]);
	return createElement(Context.Provider, { value: shared }, children);
}
/** The client of the provider. */
const useLatchkey = () => useShared().client;
/** Whether somebody is signed in, and who. Looks for a kept session when it is first used; `retry` looks again. */
function useSession() {
	const { client } = useShared();
	const state = useSyncExternalStore(client.state.subscribe, client.state.get, client.state.get);
	const [problem, setProblem] = useState();
	const retry = useCallback(() => {
		setProblem(void 0);
		client.state.restore().catch(setProblem);
	}, [client]);
	useEffect(() => {
		if (client.state.get().status === "unknown") retry();
	}, [client, retry]);
	return {
		...state,
		problem,
		retry
	};
}
/** The confirmation that calls wait for; undefined while there is none. A page shows one dialog for it. */
const useRequireConfirm = () => useShared().pending;
export { LatchkeyProvider, useLatchkey, useRequireConfirm, useSession };
