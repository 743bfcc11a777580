import { TRPCClientError, createTRPCClient, createTRPCUntypedClient, httpBatchLink, httpLink } from "@trpc/client";
import { observable, observableToPromise } from "@trpc/server/observable";
// src/activity.ts
/** Reads the account's events page by page, as far as somebody asks for them. */
async function* listActivity({ listActivity: page }, { pageSize, ...options } = {}) {
	let cursor;
	do {
		const input = {
			...pageSize !== void 0 && { limit: pageSize },
			...cursor && { cursor }
		};
		const { items, nextCursor } = await page.query(input, options);
		yield* items;
		cursor = nextCursor;
	} while (cursor);
}
// ../../shared/src/client-errors.ts
/** Why there was no response that could be used: what happened, and what to try. */
const noResponseReasons = {
	unreachable: {
		message: "The server could not be reached.",
		advice: "Check the network and `url`, then call again. Nothing says whether a call that changes something arrived."
	},
	timeout: {
		message: "The server did not respond in time.",
		advice: "Call again, or give the call more time with `timeoutMilliseconds`."
	},
	aborted: {
		message: "The call was aborted.",
		advice: "Nothing to do: the signal of the call, or whoever waited for it, ended it."
	},
	"not-latchkey": {
		message: "What responded is not a Latchkey server.",
		advice: "Check `url`: it is where the server is, without `/trpc`; for a nested router, the address of its tRPC endpoint."
	},
	"other-version": {
		message: "The server responded in a way this version of the client does not know.",
		advice: "Bring @latchkey/client and the server to the same version; `data` holds what came."
	},
	"not-renewed": {
		message: "The access token has expired and could not be renewed.",
		advice: "Call again in a moment; `cause` holds the error of the renewal."
	}
};
const confirmationCancelled = {
	message: "The confirmation was cancelled.",
	advice: "Nothing was done. Call again when the person wants to."
};
// ../../shared/src/errors.ts
/** What a client can do about each code, for the people who build it. */
const appErrorAdvice = {
	VALIDATION: "Correct the fields named in `fieldErrors` and call again.",
	PASSWORD_TOO_COMMON: "Ask for another password; `reason` says what is wrong with this one.",
	RESET_TOKEN_INVALID: "Ask for a new link: this one was used, has expired, or was never valid.",
	UNAUTHENTICATED: "Sign in. The typed client has tried to renew the access token already.",
	INVALID_CREDENTIALS: "Ask for name and password again. Which of them was wrong is not told on purpose.",
	OTP_INVALID: "Ask for the code again; `attemptsLeft` says how often that helps.",
	CHALLENGE_EXPIRED: "Begin again with the call that sent the code: it was used, has expired, or had too many tries.",
	SESSION_EXPIRED: "Forget the tokens and sign in again.",
	SESSION_REUSED: "Forget the tokens and sign in again. Two clients held the same refresh token: keep it in one place.",
	FORBIDDEN: "Nothing to retry: this account has no right to do this.",
	BAD_ORIGIN: "Call from the server's own page or add the page's origin to ALLOWED_ORIGINS; elsewhere use body delivery.",
	REAUTHENTICATION_REQUIRED: "Confirm it is still the same person with one of `methods` (`session.confirm`), then call again.",
	NOT_FOUND: "Read the list again: it is gone, or was never yours.",
	USERNAME_TAKEN: "Ask for another username.",
	EMAIL_TAKEN: "Ask for another e-mail address, or offer to sign in.",
	CONFLICT: "Read again and repeat the call.",
	RATE_LIMITED: "Wait `retryAfterSeconds`, then call again.",
	RESEND_TOO_SOON: "Wait until `resendAvailableAt`, then call again.",
	INTERNAL: "Nothing to correct on your side; the request id finds the cause in the log of the server.",
	BUSY: "Wait `retryAfterSeconds`, then call again.",
	UNAVAILABLE: "Call again in a moment: the database of the server does not answer."
};
// ../../shared/src/procedure-errors.ts
/** Any procedure: the database is away, or the mistake is ours. */
const always = ["UNAVAILABLE", "INTERNAL"];
/** Where an input is declared. */
const input = ["VALIDATION", ...always];
const signedIn = ["UNAUTHENTICATED", ...always];
const signedInInput = ["UNAUTHENTICATED", ...input];
/** Where somebody chooses a password. */
const newPassword = ["PASSWORD_TOO_COMMON", "BUSY"];
/** Where the current password is asked for. */
const currentPassword = [
	"INVALID_CREDENTIALS",
	"RATE_LIMITED",
	"BUSY",
	"CONFLICT"
];
/** Where a mailed code is typed. */
const mailedCode = [
	"OTP_INVALID",
	"CHALLENGE_EXPIRED",
	"RATE_LIMITED",
	"BUSY"
];
/**
* Which codes each procedure can throw: the one list that types, documents and tests of errors are made from. A procedure
* without a line, and a line without a procedure, do not compile (`server/src/trpc/app-router.ts`); a code that is thrown
* and not listed fails the suite. What a code carries stands in `AppErrorDetails`.
*/
const procedureErrors = {
	"auth.register": [
		"USERNAME_TAKEN",
		"EMAIL_TAKEN",
		...newPassword,
		"RATE_LIMITED",
		...input
	],
	"auth.login": [
		"INVALID_CREDENTIALS",
		"RATE_LIMITED",
		"BUSY",
		...input
	],
	"auth.verifyOtp": [
		"BAD_ORIGIN",
		...mailedCode,
		...input
	],
	"auth.resendOtp": [
		"CHALLENGE_EXPIRED",
		"RESEND_TOO_SOON",
		"RATE_LIMITED",
		"CONFLICT",
		...input
	],
	"auth.refresh": [
		"SESSION_EXPIRED",
		"SESSION_REUSED",
		"BAD_ORIGIN",
		"RATE_LIMITED",
		"CONFLICT",
		...input
	],
	"auth.logout": ["BAD_ORIGIN", ...input],
	"auth.requestPasswordReset": ["RATE_LIMITED", ...input],
	"auth.resetPassword": [
		"RESET_TOKEN_INVALID",
		...newPassword,
		"RATE_LIMITED",
		...input
	],
	"auth.undoEmailChange": [
		"RESET_TOKEN_INVALID",
		...newPassword,
		"RATE_LIMITED",
		...input
	],
	"user.me": signedIn,
	"user.updateProfile": [
		"USERNAME_TAKEN",
		"RATE_LIMITED",
		...signedInInput
	],
	"user.changePassword": [
		"PASSWORD_TOO_COMMON",
		...currentPassword,
		...signedInInput
	],
	"user.requestEmailChange": [
		"EMAIL_TAKEN",
		...currentPassword,
		...signedInInput
	],
	"user.confirmEmailChange": [
		"EMAIL_TAKEN",
		...mailedCode,
		...signedInInput
	],
	"user.deleteAccount": [...currentPassword, ...signedInInput],
	"user.listActivity": signedInInput,
	"session.list": signedIn,
	"session.revoke": ["NOT_FOUND", ...signedInInput],
	"session.revokeOthers": signedIn
};
// ../../shared/src/limits.ts
/** Every number of the contract that both sides need. Lengths are code points unless the name says otherwise. */
const limits = {
	usernameMin: 3,
	usernameMax: 32,
	emailMax: 254,
	nameMax: 60,
	passwordMin: 8,
	passwordMax: 128,
	/** A text field longer than this is refused before anything is normalised or hashed. */
	textMaxCodeUnits: 1024,
	otpDigits: 6,
	otpTries: 5,
	otpSends: 4,
	otpResendWaitSeconds: 30,
	pageSize: 20,
	pageSizeMax: 100,
	batchSize: 10,
	bodyBytes: 65536
};
// src/transport.ts
/** A response that is no JSON: of a proxy, or of something else than a Latchkey server. */
var UnreadableResponse = class extends Error {
	status;
	constructor(status) {
		super(`the response with status ${status} is no JSON`);
		this.status = status;
	}
};
const tokenOf = (ops, name) => ops.map(({ context }) => context[name]).find((token) => token !== void 0);
/** What tRPC's own HTTP links take, so that another of them can stand in for the default. */
function transportOptions({ url, headers, fetch, locale, withCookies }) {
	return {
		url,
		maxItems: limits.batchSize,
		maxURLLength: 2e3,
		async headers({ opList }) {
			const more = typeof headers === "function" ? await headers() : headers;
			const accessToken = tokenOf(opList, "accessToken");
			const deviceToken = tokenOf(opList, "deviceToken");
			return {
				...locale && { "accept-language": locale() },
				...deviceToken !== void 0 && { "x-latchkey-device": deviceToken },
				...accessToken !== void 0 && { authorization: `Bearer ${accessToken}` },
				...more
			};
		},
		async fetch(input, init) {
			const response = await (fetch ?? globalThis.fetch)(String(input), {
				...init,
				...withCookies && { credentials: "include" }
			});
			if (!response.headers.get("content-type")?.includes("application/json")) throw new UnreadableResponse(response.status);
			return response;
		}
	};
}
// src/errors.ts
/** What every call fails with: what happened, by code, and what can be done about it. */
var LatchkeyError = class LatchkeyError extends TRPCClientError {
	code;
	/** What the code tells beside itself, as `{ attemptsLeft: 2 }`. */
	details;
	/** Messages by field, where the code is `VALIDATION`. */
	fieldErrors;
	/** The procedure that was called, as `auth.verifyOtp`. */
	procedure;
	/** Finds the call in the log of the server, where it got there. */
	requestId;
	/** What to do, for whoever builds the client. */
	advice;
	/** The code's section in the documentation that comes with this package. */
	docs;
	constructor({ code, details, message, advice, procedure, from, cause = from?.cause }) {
		super(message, {
			...from?.shape && { result: { error: from.shape } },
			...from?.meta && { meta: from.meta },
			...cause && { cause }
		});
		Object.setPrototypeOf(this, LatchkeyError.prototype);
		this.name = "LatchkeyError";
		this.code = code;
		this.details = details;
		this.fieldErrors = this.data?.fieldErrors ?? {};
		this.procedure = procedure;
		this.requestId = responseOf(from)?.headers?.get("x-request-id") ?? void 0;
		this.advice = advice;
		this.docs = `docs/errors.md#${code.toLowerCase()}`;
	}
};
const responseOf = (error) => (error?.meta)?.response;
const isProcedure = (path) => Object.hasOwn(procedureErrors, path);
const added = {
	SESSION_EXPIRED: "UNAUTHENTICATED",
	SESSION_REUSED: "UNAUTHENTICATED",
	CONFIRMATION_CANCELLED: "REAUTHENTICATION_REQUIRED"
};
/** Whether the types say that a call of this procedure can fail with this code. */
function isKnown(path, code) {
	const codes = procedureErrors[path];
	const origin = added[code];
	return code === "NO_RESPONSE" || codes.includes(code) || origin !== void 0 && codes.includes(origin);
}
function noResponse(procedure, reason, from, cause) {
	const { message, advice } = noResponseReasons[reason];
	return new LatchkeyError({
		code: "NO_RESPONSE",
		details: { reason },
		message,
		advice,
		procedure,
		from,
		cause
	});
}
const cancelled = (procedure, from) => new LatchkeyError({
	code: "CONFIRMATION_CANCELLED",
	details: void 0,
	...confirmationCancelled,
	procedure,
	from
});
/** A proxy speaks with these for a server that is away. */
const awayStatuses = /* @__PURE__ */ new Set([
	502,
	503,
	504
]);
function reasonOf(error) {
	if (error.data) return "other-version";
	const status = error.cause instanceof UnreadableResponse ? error.cause.status : responseOf(error)?.status;
	if (status === void 0 || awayStatuses.has(status)) return "unreachable";
	return "not-latchkey";
}
const fromApp = (app, procedure, from) => new LatchkeyError({
	code: app.code,
	details: "details" in app ? app.details : void 0,
	message: from.message,
	advice: appErrorAdvice[app.code],
	procedure,
	from
});
/**
* What a call fails with, from what its transport threw. A procedure of a host fails with its own errors, but where
* Latchkey refused, or nothing came.
* @param procedure the path without the prefix under which a host nests ours
*/
function toLatchkeyError(error, procedure) {
	if (error instanceof LatchkeyError) return error;
	const from = TRPCClientError.from(error instanceof Error ? error : new Error(String(error)));
	const app = from.data?.app;
	if (!isProcedure(procedure)) {
		if (app) return fromApp(app, procedure, from);
		return from.data ? from : noResponse(procedure, reasonOf(from), from);
	}
	if (app && isKnown(procedure, app.code)) return fromApp(app, procedure, from);
	return noResponse(procedure, reasonOf(from), from);
}
/** What a call fails with whose access token could not be renewed: the end of the session, or no response. */
function toRenewalError(error, procedure) {
	const { code, details, message, advice } = error;
	if (code !== "SESSION_EXPIRED" && code !== "SESSION_REUSED" && code !== "NO_RESPONSE") return noResponse(procedure, "not-renewed", error, error);
	return new LatchkeyError({
		code,
		details,
		message,
		advice,
		procedure,
		from: error,
		cause: error
	});
}
function isLatchkeyError(error, path) {
	return error instanceof LatchkeyError && (path === void 0 || error.procedure === path);
}
/** The code of an error of the server; undefined where there is none. */
function codeOf(error) {
	return error instanceof TRPCClientError ? error.data?.app?.code : void 0;
}
/** For the `default` of a `switch` over codes: it compiles only where every code has its case. */
function assertNever(value) {
	throw new Error(`not handled: ${JSON.stringify(value)}`);
}
// src/tokens.ts
/** A token with less life than this is renewed before it is used. */
const marginMilliseconds = 3e4;
const tokensKey = "latchkey.tokens";
const deviceKey = "latchkey.device";
const isRecord$1 = (value) => typeof value === "object" && value !== null;
function isTokens(value) {
	return isRecord$1(value) && typeof value.accessToken === "string" && typeof value.accessTokenExpiresAt === "string";
}
/** Whether the server said that the session is over, as opposed to not responding or being busy. */
function isSessionOver(error) {
	const code = codeOf(error);
	return code === "SESSION_EXPIRED" || code === "SESSION_REUSED";
}
function parseTokens(text) {
	try {
		const value = JSON.parse(text ?? "null");
		return isTokens(value) ? value : void 0;
	} catch {
		return;
	}
}
/** What cannot be read is not there. */
async function read(storage, key) {
	try {
		return await storage.get(key);
	} catch {
		return;
	}
}
/** Keeps the tokens and renews them, once for all who ask at the same time. */
function createTokenKeeper({ fetchTokens, mayHaveSession, storage }) {
	let held;
	let renewAt = 0;
	let renewal;
	let loading;
	let epoch = 0;
	/** Whether the storage holds what is held here: only then its word is newer. */
	let stored = false;
	async function store(write) {
		try {
			await write();
			stored = true;
		} catch {
			stored = false;
		}
	}
	/** Takes what the storage holds: after a start, and when another process has renewed or signed out meanwhile. */
	async function adopt() {
		const startedIn = epoch;
		const text = storage && await read(storage, tokensKey);
		if (epoch !== startedIn) return;
		stored = true;
		const tokens = parseTokens(text);
		if (tokens?.accessToken === held?.accessToken) return;
		held = tokens;
		renewAt = tokens ? Date.parse(tokens.accessTokenExpiresAt) - marginMilliseconds : 0;
	}
	function load() {
		loading ??= storage ? adopt() : Promise.resolve();
		return loading;
	}
	async function keep(tokens) {
		epoch += 1;
		held = tokens;
		const planned = Date.parse(tokens.accessTokenExpiresAt) - marginMilliseconds;
		renewAt = planned > Date.now() ? planned : Number.POSITIVE_INFINITY;
		if (storage) {
			const { accessToken, accessTokenExpiresAt, refreshToken } = tokens;
			const text = JSON.stringify({
				accessToken,
				accessTokenExpiresAt,
				refreshToken
			});
			await store(() => storage.set(tokensKey, text));
		}
		return tokens.accessToken;
	}
	async function drop() {
		epoch += 1;
		held = void 0;
		if (storage) await store(() => storage.remove(tokensKey));
	}
	const usable = (refused) => held && held.accessToken !== refused && Date.now() < renewAt ? held.accessToken : void 0;
	async function renew(refused) {
		if (storage && stored) await adopt();
		const current = refused === void 0 ? usable(refused) : void 0;
		if (current !== void 0) return current;
		if (!held && !mayHaveSession()) return void 0;
		const startedIn = epoch;
		try {
			const tokens = await fetchTokens(held, refused ?? held?.accessToken);
			if (epoch !== startedIn) return held?.accessToken;
			return await keep(tokens);
		} catch (error) {
			if (epoch === startedIn && isSessionOver(error)) await drop();
			throw error;
		}
	}
	return {
		keep,
		drop,
		held: () => held,
		load,
		/** An access token to send, renewed first when needed; undefined when nobody is signed in. */
		async token(refused) {
			await load();
			const current = usable(refused);
			if (current !== void 0) return current;
			if (!held && !mayHaveSession()) return void 0;
			renewal ??= renew(refused).finally(() => {
				renewal = void 0;
			});
			return renewal;
		}
	};
}
/** Keeps the token by which the server knows this device again, also after a sign-out. */
function createDeviceKeeper(storage) {
	let held;
	let loading;
	return {
		async token() {
			loading ??= read(storage, deviceKey).then((token) => {
				held ??= token;
			});
			await loading;
			return held ?? void 0;
		},
		async keep(token) {
			held = token;
			try {
				await storage.set(deviceKey, token);
			} catch {}
		}
	};
}
// src/auth-link.ts
const isRecord = (value) => typeof value === "object" && value !== null;
/** The input with what the client knows better than its caller: where the refresh token travels. */
function completed(path, input, { delivery, tokens }) {
	if (path === "auth.verifyOtp" && isRecord(input)) return {
		tokenDelivery: delivery,
		...input
	};
	const refreshToken = tokens.held()?.refreshToken;
	if (path === "auth.logout" && refreshToken) return {
		refreshToken,
		...isRecord(input) ? input : {}
	};
	return input;
}
/** What a newer server may ask for where this client does not list it yet: the code counts as it came. */
const confirmationOf = (error) => {
	const app = error instanceof LatchkeyError ? error.data?.app : void 0;
	return app?.code === "REAUTHENTICATION_REQUIRED" ? app.details : void 0;
};
/** Rejects when the signal aborts or the time is over, and tells the attempt to end. */
async function within({ signal, milliseconds, procedure }, act) {
	if (signal?.aborted) throw noResponse(procedure, "aborted");
	const attempt = new AbortController();
	let end = () => {};
	const ended = new Promise((_, reject) => {
		end = reject;
	});
	const onAbort = () => end(noResponse(procedure, "aborted"));
	signal?.addEventListener("abort", onAbort);
	const timer = Number.isFinite(milliseconds) ? setTimeout(() => end(noResponse(procedure, "timeout")), milliseconds) : void 0;
	try {
		return await Promise.race([act(attempt.signal), ended]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", onAbort);
		attempt.abort();
	}
}
/**
* Signs every call with the access token, renews it when it has run out or is refused (one retry), asks the person to
* confirm where that is needed (one retry), and keeps what a sign-in brings. What fails, fails with a `LatchkeyError`.
*/
function authLink(parts, transport) {
	const { tokens, devices, confirmations, state } = parts;
	return (runtime) => {
		const send = transport(runtime);
		/** Keeps what a procedure brought: tokens, the device, the end of the session. */
		async function take(path, { result }) {
			if (path === void 0 || !("data" in result)) return;
			const { data } = result;
			if (isRecord(data) && typeof data.deviceToken === "string") await devices?.keep(data.deviceToken);
			if (isTokens(data)) await tokens.keep(data);
			if (path === "auth.logout" || path === "user.deleteAccount") await tokens.drop();
			state?.take(path, data);
		}
		return ({ op, next }) => {
			const path = parts.ownPath(op.path);
			const procedure = path ?? op.path;
			const { timeoutMilliseconds = parts.timeoutMilliseconds } = op.context;
			const limits = {
				signal: op.signal,
				milliseconds: timeoutMilliseconds,
				procedure
			};
			async function attempt(accessToken) {
				const deviceToken = await devices?.token();
				const input = completed(path, op.input, parts);
				try {
					return await within(limits, (signal) => observableToPromise(send({
						op: {
							...op,
							input,
							signal,
							context: {
								...op.context,
								accessToken,
								deviceToken
							}
						},
						next
					})));
				} catch (error) {
					throw toLatchkeyError(error, procedure);
				}
			}
			async function token(refused) {
				try {
					return await within({
						...limits,
						milliseconds: Number.POSITIVE_INFINITY
					}, () => tokens.token(refused));
				} catch (error) {
					if (error instanceof LatchkeyError && error.procedure === procedure) throw error;
					throw toRenewalError(toLatchkeyError(error, "auth.refresh"), procedure);
				}
			}
			/** Our `auth` procedures need no access token; signing out names the session by it when there is nothing else. */
			async function signed() {
				if (path?.startsWith("auth.")) {
					await tokens.load();
					return attempt(tokens.held()?.accessToken);
				}
				const first = await token();
				try {
					return await attempt(first);
				} catch (error) {
					if (!(first !== void 0 && codeOf(error) === "UNAUTHENTICATED")) throw error;
					return attempt(await token(first));
				}
			}
			async function kept() {
				const envelope = await signed();
				await take(path, envelope);
				return envelope;
			}
			async function confirmed() {
				try {
					return await kept();
				} catch (error) {
					const details = confirmationOf(error);
					if (!details || !confirmations?.isHandled()) throw error;
					if (!await within({
						...limits,
						milliseconds: Number.POSITIVE_INFINITY
					}, () => confirmations.ask(details))) throw cancelled(procedure, error);
					return kept();
				}
			}
			return observable((observer) => {
				confirmed().then((envelope) => {
					observer.next(envelope);
					observer.complete();
					state?.tell();
				}, (error) => {
					observer.error(error);
					state?.tell();
				});
			});
		};
	};
}
// src/confirmation.ts
/**
* Asks once for however many calls wait.
* @param send calls `session.confirm`
*/
function createConfirmations(send) {
	let handler;
	let asking;
	return {
		/** Whoever asks people; the last one asked for counts. Gives back a function that ends it. */
		handle(next) {
			handler = next;
			return () => {
				if (handler === next) handler = void 0;
			};
		},
		isHandled: () => handler !== void 0,
		/** Whether it was confirmed. Rejects with what the handler throws. */
		ask(details) {
			asking ??= Promise.resolve(handler?.({
				...details,
				confirm: send
			}) ?? false).finally(() => {
				asking = void 0;
			});
			return asking;
		}
	};
}
// src/session-state.ts
const givesUser = /* @__PURE__ */ new Set([
	"user.me",
	"user.updateProfile",
	"user.confirmEmailChange"
]);
/** Whether somebody is signed in, from what the calls bring. Listeners hear of it when the call is over and holds nothing. */
function createSessionState() {
	const listeners = /* @__PURE__ */ new Set();
	let state = { status: "unknown" };
	let told = state;
	/** A listener that reads the account hears nothing of it while it stays the same, and of a sign-out its first reason. */
	function enter(next) {
		if (!(state.status === next.status && next.status === "signed-out") && JSON.stringify(next) !== JSON.stringify(state)) state = next;
	}
	return {
		get: () => state,
		subscribe(listener) {
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
			};
		},
		enter,
		/** What one of our procedures gave. */
		take(path, data) {
			if (path === "auth.verifyOtp") enter({
				status: "signed-in",
				user: data.user
			});
			if (path === "auth.logout" || path === "user.deleteAccount") enter({
				status: "signed-out",
				reason: "signed-out"
			});
			if (givesUser.has(path)) enter({
				status: "signed-in",
				user: data
			});
		},
		renewed() {
			if (state.status !== "signed-in") enter({
				status: "signed-in",
				user: void 0
			});
		},
		/** The session could not be renewed. Only the server's word ends it. */
		lost(error) {
			const code = codeOf(error);
			if (code === "SESSION_REUSED") enter({
				status: "signed-out",
				reason: "reused"
			});
			if (code === "SESSION_EXPIRED") enter({
				status: "signed-out",
				reason: state.status === "unknown" ? "none" : "expired"
			});
		},
		/** Tells the listeners what has changed. */
		tell() {
			if (told === state) return;
			told = state;
			for (const listener of listeners) listener(told);
		}
	};
}
// src/storage.ts
/** Keeps until the process ends or the page is left. */
function memoryStorage() {
	const values = /* @__PURE__ */ new Map();
	return {
		get: (key) => values.get(key),
		set: (key, value) => void values.set(key, value),
		remove: (key) => void values.delete(key)
	};
}
/**
* Keeps in `localStorage` or `sessionStorage`, where every script of the page can read it: in a browser the default,
* an HttpOnly cookie, is safer.
*/
const webStorage = (storage) => ({
	get: (key) => storage.getItem(key),
	set: (key, value) => storage.setItem(key, value),
	remove: (key) => storage.removeItem(key)
});
// src/latchkey-link.ts
/** A phone in a tunnel gets neither response nor error; after this long it is told so. */
const defaultTimeoutMilliseconds = 3e4;
const isBrowser = () => "document" in globalThis;
/** Whoever holds no session: each call is one request, and nothing is kept. */
const nobody = {
	held: () => void 0,
	load: async () => {},
	token: async () => void 0,
	keep() {},
	drop() {}
};
/** The link, and what it keeps. */
function createSession({ url, prefix, transport = (options) => httpBatchLink(options), timeoutMilliseconds = defaultTimeoutMilliseconds, storage, tokenDelivery, onChange, onConfirm, tokens: sharedTokens, ...connection }) {
	const delivery = tokenDelivery ?? (isBrowser() && !storage ? "cookie" : "body");
	const kept = storage ?? memoryStorage();
	const state = createSessionState();
	const start = prefix === void 0 ? "" : `${prefix}.`;
	const send = transport(transportOptions({
		...connection,
		url,
		withCookies: delivery === "cookie"
	}));
	const common = {
		devices: delivery === "body" ? createDeviceKeeper(kept) : void 0,
		delivery,
		timeoutMilliseconds,
		ownPath: (path) => path.startsWith(start) ? path.slice(start.length) : void 0
	};
	const bareLink = authLink({
		...common,
		tokens: nobody
	}, send);
	const bare = createTRPCUntypedClient({ links: [bareLink] });
	const keeper = createTokenKeeper({
		async fetchTokens(held) {
			try {
				const input = held?.refreshToken ? { refreshToken: held.refreshToken } : {};
				const tokens = await bare.mutation(`${start}auth.refresh`, input);
				state.renewed();
				return tokens;
			} catch (error) {
				state.lost(error);
				throw error;
			}
		},
		mayHaveSession: () => delivery === "cookie" && state.get().status !== "signed-out",
		storage: delivery === "body" ? kept : void 0
	});
	const tokens = sharedTokens ?? keeper;
	const confirmations = createConfirmations(async (input) => {
		await client.mutation(`${start}session.confirm`, input);
	});
	const link = authLink({
		...common,
		tokens,
		confirmations,
		state
	}, send);
	const client = createTRPCUntypedClient({ links: [link] });
	if (onChange) state.subscribe(onChange);
	if (onConfirm) confirmations.handle(onConfirm);
	return {
		link,
		bareLink,
		client,
		tokens,
		state,
		confirmations
	};
}
/**
* Accounts for a tRPC client of your own: it signs every call, renews the access token, and sends the calls. It is the last
* link of the client.
*/
const latchkeyLink = (options) => createSession(options).link;
// src/procedures.ts
const verbs = {
	query: "query",
	mutate: "mutation"
};
const isVerb = (name) => name !== void 0 && Object.hasOwn(verbs, name);
/** Turns `area.name.mutate(input)` into a call by path. Nothing but names is known here: the types know the rest. */
function procedureProxy(call, ...path) {
	return new Proxy(() => {}, {
		get: (_, name) => typeof name === "string" && name !== "then" ? procedureProxy(call, ...path, name) : void 0,
		apply(_, __, [input, options = {}]) {
			const verb = path.at(-1);
			if (!isVerb(verb)) throw new TypeError(`${path.join(".")} is no call: it ends with .query() or .mutate()`);
			const procedure = path.slice(0, -1).join(".");
			return Object.assign(call(verbs[verb], procedure, input, options), { procedure });
		}
	});
}
// src/safe.ts
/**
* Waits for a call without a `try`: `const { data, error } = await safe(latchkey.auth.login.mutate(input))`. The error is
* one of those that the procedure can fail with. What is no error of a call, as one thrown by a callback, is thrown.
*/
async function safe(call) {
	try {
		return { data: await call };
	} catch (error) {
		if (isLatchkeyError(error, call.procedure)) return { error };
		throw error;
	}
}
// src/client.ts
const withActivity = (user) => new Proxy(user, { get: (target, name) => name === "activity" ? (options) => listActivity(user, options) : Reflect.get(target, name) });
const endpointOf = (url) => `${url.replace(/\/$/, "")}/trpc`;
/** A client without a session of its own: each call is one request, nothing is kept. */
function createBareClient({ url, ...options }) {
	const transport = ({ headers, ...http }) => httpLink({
		...http,
		headers: ({ op }) => headers({ opList: [op] })
	});
	const { bareLink } = createSession({
		...options,
		url: endpointOf(url),
		transport
	});
	return createTRPCClient({ links: [bareLink] });
}
/**
* A typed client of a Latchkey server, for browsers, Node and runtimes like React Native's. After `auth.verifyOtp` it is
* signed in: it sends the access token, renews it ahead of its end or when it is refused (once, however many calls wait)
* and tries the call again. What fails, fails with a `LatchkeyError`.
*/
function createLatchkeyClient({ url, ...options }) {
	const session = createSession({
		...options,
		url: endpointOf(url)
	});
	const { client, state, tokens, confirmations } = session;
	const procedures = procedureProxy((kind, path, input, { signal, ...context }) => client[kind](path, input, {
		...signal && { signal },
		context
	}));
	const own = {
		state: {
			get: state.get,
			subscribe: state.subscribe,
			async restore() {
				await tokens.load();
				try {
					await procedures.user.me.query();
				} catch (error) {
					if (!isLatchkeyError(error, "user.me") || error.code === "NO_RESPONSE") throw error;
					if (error.code === "UNAUTHENTICATED" && state.get().status === "unknown") state.enter({
						status: "signed-out",
						reason: "none"
					});
					if (state.get().status === "unknown") throw error;
				}
				state.tell();
				return state.get();
			}
		},
		onConfirm: confirmations.handle,
		trpc: createTRPCClient({ links: [session.link] }),
		user: withActivity(procedures.user)
	};
	return new Proxy(own, { get: (target, name) => Reflect.get(target, name) ?? Reflect.get(procedures, name) });
}
export { LatchkeyError, assertNever, codeOf, createBareClient, createLatchkeyClient, createTokenKeeper, isLatchkeyError, isSessionOver, latchkeyLink, memoryStorage, safe, webStorage };
