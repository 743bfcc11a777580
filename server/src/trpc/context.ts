import type { RequestInfo } from '../domain/request.ts';
import type { Services } from '../domain/services.ts';

/** What every procedure gets: the domain, and who calls. */
export interface Context extends Services {
  request: RequestInfo;
}
