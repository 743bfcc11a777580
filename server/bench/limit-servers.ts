import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callTRPCProcedure, initTRPC, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import bcrypt from 'bcrypt';
import jsonwebtoken from 'jsonwebtoken';
import * as z from 'zod/mini';

/** The least that could do what a scenario asks for, with nothing behind it: what the product is compared with. */

const cost = Number(process.env.BCRYPT_COST ?? 10);
const key = createSecretKey(randomBytes(32));
const codeKey = randomBytes(32);
const code = '123456';
const me = {
  id: 'an-id-of-twenty-two-ch',
  username: 'ada',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  emailVerified: true,
  role: 'user',
  dateJoined: new Date().toISOString(),
  lastLoginAt: new Date().toISOString(),
};
const user = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  emailVerified: z.boolean(),
  role: z.enum(['user', 'admin']),
  dateJoined: z.string(),
  lastLoginAt: z.string(),
});
const body = JSON.stringify({ result: { data: me } });
const sessions = new Map<string, { userId: string; openedAt: number }>();

const sign = (claims: object) => jsonwebtoken.sign(claims, key, { algorithm: 'HS256', subject: me.id, expiresIn: 600 });

function isSignedIn({ headers }: IncomingMessage): boolean {
  try {
    jsonwebtoken.verify(headers.authorization?.slice('Bearer '.length) ?? '', key, { algorithms: ['HS256'] });
    return true;
  } catch {
    return false;
  }
}

const codeHash = (challengeId: string, otp: string) =>
  createHmac('sha256', codeKey)
    .update(challengeId + otp)
    .digest();

const t = initTRPC.context<{ request: IncomingMessage }>().create({ isDev: false });
const signedIn = t.procedure.use(({ ctx, next }) => {
  if (!isSignedIn(ctx.request)) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next();
});
const router = t.router({
  me: signedIn.output(user).query(() => me as z.infer<typeof user>),
  verify: t.procedure
    .input(z.strictObject({ challengeId: z.string(), otp: z.string() }))
    .output(z.object({ accessToken: z.string(), refreshToken: z.string(), user }))
    .mutation(({ input }) => {
      const right = timingSafeEqual(codeHash(input.challengeId, code), codeHash(input.challengeId, input.otp));
      if (!right) throw new TRPCError({ code: 'UNAUTHORIZED' });
      const sid = randomBytes(16).toString('base64url');
      sessions.set(sid, { userId: me.id, openedAt: Date.now() });
      return { accessToken: sign({ sid }), refreshToken: sign({ sid, gen: 0 }), user: me as z.infer<typeof user> };
    }),
});

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
}

const jsonHeaders = { 'content-type': 'application/json' };
const adapter = createHTTPHandler({ router, createContext: ({ req }) => ({ request: req }) });

const listeners: Record<string, RequestListener> = {
  bare: (_request, response) => response.writeHead(200, jsonHeaders).end(body),
  jwt: (request, response) => response.writeHead(isSignedIn(request) ? 200 : 401, jsonHeaders).end(body),
  adapter,
  async caller(request, response) {
    const input = await readJson(request);
    const path = request.url?.slice(1) ?? '';
    const type = request.method === 'GET' ? 'query' : 'mutation';
    const call = { router, path, type, ctx: { request }, signal: undefined, batchIndex: 0 } as const;
    try {
      const data = await callTRPCProcedure({ ...call, getRawInput: async () => input });
      response.writeHead(200, jsonHeaders).end(JSON.stringify({ result: { data } }));
    } catch {
      response.writeHead(401, jsonHeaders).end();
    }
  },
  async hash(_request, response) {
    await bcrypt.hash('correct horse battery staple', cost);
    response.writeHead(200, jsonHeaders).end(body);
  },
};

const listener = listeners[process.env.LIMIT ?? ''];
if (!listener) throw new Error(`LIMIT is one of ${Object.keys(listeners)}`);
const server = createServer((request, response) => {
  if (request.url === '/healthz') response.writeHead(200).end();
  else listener(request, response);
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, token: sign({ sid: 'bench' }) })}\n`);
});
