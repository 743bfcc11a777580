import type { WindowName } from '../domain/limits/rules.ts';
import type { RequestInfo } from '../domain/request.ts';
import type { Services } from '../domain/services.ts';

/**
 * Every procedure gets the domain, and who calls. It has few fields: tRPC copies them for each middleware of each call, and
 * a host puts its own beside them.
 */
export interface Context {
  latchkey: Services;
  request: RequestInfo;
  /** Whether the procedures are nested in a host's router, whose error formatter is not ours by itself. */
  hosted?: boolean | undefined;
}

/** A procedure declares this of itself beside its input and output, for documents and tests. */
export interface ProcedureMeta {
  /** Whether it needs an access token. */
  signedIn?: true;
  /** Whether it is for those only who run the server. */
  admin?: true;
  /** The limit that counts its calls: by `limit` behind the input, or by the domain with what else the call counts. */
  limit?: WindowName;
  /** Who is signed in must have confirmed within `maxAgeSeconds` that it is still them; `strong` by more than a password. */
  confirmed?: { maxAgeSeconds: number; strength: 'any' | 'strong' };
}
