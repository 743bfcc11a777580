import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
  transformTRPCResponse,
} from '@trpc/server';
import type { Context } from '../trpc/context.ts';

/** A host that reads the same in every part of an URL. */
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
/** The type that the adapter reads as JSON, as it does a GET without one. */
const json = 'application/json';

const noParameters = new URLSearchParams();

let readableHost: string | undefined;
/** Whether the adapter could make an URL with it. The last one that it could is remembered: most come with the same. */
function isReadableHost(host: string): boolean {
  if (host === readableHost) return true;
  if (!plainHost.test(host) || !URL.canParse(`http://${host}`)) return false;
  readableHost = host;
  return true;
}

/** The parameters of one call without a body to a host that can be read; undefined for any other request. */
function readShape({ method, url = '', headers }: IncomingMessage): URLSearchParams | undefined {
  const { host, 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (method !== 'GET' || length !== undefined || encoding !== undefined) return undefined;
  if (type !== undefined && !type.startsWith(json)) return undefined;
  if (host === undefined || !isReadableHost(host) || url.includes('#')) return undefined;
  const start = url.indexOf('?');
  if (start < 0) return noParameters;
  const parameters = new URLSearchParams(url.slice(start));
  return parameters.has('batch') || parameters.has('connectionParams') ? undefined : parameters;
}

/** The input of a call as the adapter reads it: JSON, once it is asked for. */
function parseInput(parameters: URLSearchParams): unknown {
  const text = parameters.get('input');
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause });
  }
}

/** The queries with an output schema: what one gives is data and never a stream. */
function findQueries(router: AnyTRPCRouter): Set<string> {
  const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
  const isPlain = ({ _def }: AnyTRPCProcedure) =>
    _def.type === 'query' && 'output' in _def && _def.output !== undefined;
  return new Set(Object.keys(procedures).filter((path) => procedures[path] && isPlain(procedures[path])));
}

/**
 * Answers one query that is called by a plain GET as tRPC's adapter does, byte for byte, without the fetch request, the
 * fetch response and the streams that the adapter puts around every call: they take most of the time of a cheap one.
 * The function that it gives returns false, having done nothing, for any other request.
 */
export function createSingleQuery(
  router: AnyTRPCRouter,
  createContext: (request: IncomingMessage, response: ServerResponse) => Context,
) {
  const { _config: config } = router._def;
  const queries = findQueries(router);

  async function call(
    path: string,
    parameters: URLSearchParams,
    ctx: Context,
  ): Promise<{ status: number; body: string }> {
    let input: unknown;
    try {
      const data: unknown = await callTRPCProcedure({
        router,
        path,
        type: 'query',
        ctx,
        getRawInput: async () => {
          input = parseInput(parameters);
          return input;
        },
        signal: undefined,
        batchIndex: 0,
      });
      return { status: 200, body: JSON.stringify(transformTRPCResponse(config, { result: { data } })) };
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      const shape = getTRPCErrorShape({ config, error, type: 'query', path, input, ctx });
      return { status: shape.data.httpStatus, body: JSON.stringify(transformTRPCResponse(config, { error: shape })) };
    }
  }

  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    if (!queries.has(path)) return false;
    const parameters = readShape(request);
    if (!parameters) return false;
    void call(path, parameters, createContext(request, response)).then(({ status, body }) => {
      response.statusCode = status;
      response.setHeader('content-type', json);
      response.setHeader('vary', 'trpc-accept, accept, origin');
      response.write(body);
      response.end();
    });
    return true;
  };
}
