import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@latchkey/shared/limits';
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
import { readBody } from './body.ts';

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

/** A request as far as the short way looks at it. */
interface Call {
  path: string;
  type: 'query' | 'mutation';
  /** The text of the input, as JSON; undefined where there is none. */
  readInput: () => string | undefined;
}

/** The parameters of one call to a host that can be read, by a type that is JSON; undefined for any other request. */
function readParameters({ url = '', headers }: IncomingMessage): URLSearchParams | undefined {
  const { host, 'content-type': type, 'transfer-encoding': encoding } = headers;
  if (encoding !== undefined || (type !== undefined && !type.startsWith(json))) return undefined;
  if (host === undefined || !isReadableHost(host) || url.includes('#')) return undefined;
  const start = url.indexOf('?');
  if (start < 0) return noParameters;
  const parameters = new URLSearchParams(url.slice(start));
  return parameters.has('batch') || parameters.has('connectionParams') ? undefined : parameters;
}

/** Whether a request says how long its body is, and that is no more than is taken. */
function hasShortBody({ 'content-type': type, 'content-length': length }: IncomingHttpHeaders): boolean {
  return type !== undefined && length !== undefined && Number(length) > 0 && Number(length) <= limits.bodyBytes;
}

/** The input of a call as the adapter reads it: JSON, once it is asked for. */
function parseInput(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause });
  }
}

/** The procedures with an output schema: what one gives is data and never a stream. */
function findPlain(router: AnyTRPCRouter, type: Call['type']): Set<string> {
  const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
  const isPlain = ({ _def }: AnyTRPCProcedure) => _def.type === type && 'output' in _def && _def.output !== undefined;
  return new Set(Object.keys(procedures).filter((path) => procedures[path] && isPlain(procedures[path])));
}

/**
 * Answers a query that is called by a plain GET, and a mutation that is called by a POST of a short JSON, as tRPC's
 * adapter does, byte for byte, without the fetch request, the fetch response and the streams that the adapter puts
 * around every call: they take most of the time of a cheap one. The function that it gives returns false, having done
 * nothing, for any other request.
 */
export function createSingleCall(
  router: AnyTRPCRouter,
  createContext: (request: IncomingMessage, response: ServerResponse) => Context,
) {
  const { _config: config } = router._def;
  const queries = findPlain(router, 'query');
  const mutations = findPlain(router, 'mutation');

  async function call({ path, type, readInput }: Call, ctx: Context): Promise<{ status: number; body: string }> {
    let input: unknown;
    try {
      const data: unknown = await callTRPCProcedure({
        router,
        path,
        type,
        ctx,
        getRawInput: async () => {
          input = parseInput(readInput());
          return input;
        },
        signal: undefined,
        batchIndex: 0,
      });
      return { status: 200, body: JSON.stringify(transformTRPCResponse(config, { result: { data } })) };
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      const shape = getTRPCErrorShape({ config, error, type, path, input, ctx });
      return { status: shape.data.httpStatus, body: JSON.stringify(transformTRPCResponse(config, { error: shape })) };
    }
  }

  async function answer(response: ServerResponse, made: Call, ctx: Context): Promise<void> {
    const { status, body } = await call(made, ctx);
    response.statusCode = status;
    response.setHeader('content-type', json);
    response.setHeader('vary', 'trpc-accept, accept, origin');
    response.write(body);
    response.end();
  }

  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    const { method, headers } = request;
    if (method === 'GET' && queries.has(path) && headers['content-length'] === undefined) {
      const parameters = readParameters(request);
      if (!parameters) return false;
      const readInput = () => parameters.get('input') || undefined;
      void answer(response, { path, type: 'query', readInput }, createContext(request, response));
      return true;
    }
    if (method === 'POST' && mutations.has(path) && hasShortBody(headers) && readParameters(request)) {
      // Before anything is waited for: what a host's part of it throws stays with this request.
      const ctx = createContext(request, response);
      readBody(request).then(
        (body) => answer(response, { path, type: 'mutation', readInput: () => body?.text }, ctx),
        // The client hung up in the middle of it.
        () => response.destroy(),
      );
      return true;
    }
    return false;
  };
}
