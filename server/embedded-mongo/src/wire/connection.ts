import type { Socket } from 'node:net';
import type { ServerState } from '../commands/command.ts';
import { dispatch } from '../commands/dispatch.ts';
import { errorReply, type Reply, type Request } from '../commands/request.ts';
import { CommandError } from '../errors.ts';
import { encodeLegacyReply, encodeMessage, FrameReader, type Message, OpCode, ProtocolError } from './framing.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { parseLegacyQuery, parseMessage } from './message.ts';

let replyIds = 0;

/** Runs a request of this client. */
type Caller = (request: Request) => Reply | Promise<Reply>;

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

function answerLegacy(message: Message, replyId: number, call: Caller): Buffer | Promise<Buffer> {
  const { namespace, command } = parseLegacyQuery(message);
  const encode = (reply: Reply) => encodeLegacyReply(replyId, message.requestId, reply);
  const name = Object.keys(command)[0];
  const isHandshake = name === 'isMaster' || name === 'ismaster' || name === 'hello';
  if (!isHandshake || !namespace.endsWith('.$cmd')) {
    const reason = 'Unsupported OP_QUERY command: the client driver may require an upgrade';
    return encode(errorReply(new CommandError(352, reason)));
  }
  const database = namespace.slice(0, -'.$cmd'.length);
  const reply = call({ command: { ...command, $db: database }, sequences: new Map(), isUnacknowledged: false });
  return reply instanceof Promise ? reply.then(encode) : encode(reply);
}

/** The bytes to send for a message, if any: at once where the command only reads. */
function answer(message: Message, call: Caller): Buffer | undefined | Promise<Buffer | undefined> {
  const replyId = ++replyIds & 0x7fffffff;
  if (message.opCode === OpCode.query) return answerLegacy(message, replyId, call);
  if (message.opCode !== OpCode.message) throw new ProtocolError(`operation ${message.opCode} is not supported`);
  const encode = (reply: Reply): Buffer => {
    try {
      return encodeMessage(replyId, message.requestId, reply);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return encodeMessage(replyId, message.requestId, errorReply(error));
    }
  };
  let request: Request;
  try {
    request = parseMessage(message);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return encode(errorReply(error));
  }
  const send = (reply: Reply) => (request.isUnacknowledged ? undefined : encode(reply));
  const reply = call(request);
  return reply instanceof Promise ? reply.then(send) : send(reply);
}

/**
 * Serves one client: one message after another, each answered before the next is looked at. While a message is worked on, or
 * the client does not read its answers, nothing more is taken from the socket, so that a client cannot fill the memory.
 */
export function serveConnection(
  socket: Socket,
  connectionId: number,
  { state, memory, onError }: { state: ServerState; memory: MemoryBudget; onError: (error: unknown) => void },
): void {
  const reader = new FrameReader();
  const call: Caller = (request) => dispatch(state, connectionId, request, onError);
  let held = 0;
  const hold = () => {
    const now = reader.pendingBytes + socket.writableLength;
    const isAllowed = memory.change(now - held);
    held = now;
    return isAllowed;
  };
  const fail = (error: unknown) => {
    if (!(error instanceof ProtocolError)) onError(error);
    socket.destroy();
  };
  /** Sends a reply; waits where the client does not read. */
  const send = (reply: Buffer | undefined): undefined | Promise<void> => {
    if (socket.destroyed || reply === undefined || socket.write(reply)) return undefined;
    if (!hold()) throw new ProtocolError('too much waits to be read');
    return drained(socket);
  };
  /** Goes on with the messages that are there; a promise when one of them takes its time. */
  const goOn = (messages: Generator<Message>): undefined | Promise<void> => {
    for (let next = messages.next(); next.done !== true && !socket.destroyed; next = messages.next()) {
      const reply = answer(next.value, call);
      const sent = reply instanceof Promise ? reply.then(send) : send(reply);
      if (sent !== undefined) return sent.then(() => goOn(messages));
    }
    if (!socket.destroyed && !hold()) throw new ProtocolError('too much waits for its end');
    return undefined;
  };
  socket.setNoDelay(true);
  // A client that goes away is no error of the server.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => memory.change(-held));
  socket.on('data', (chunk) => {
    try {
      const waiting = goOn(reader.push(chunk));
      if (waiting === undefined) return;
      socket.pause();
      waiting.then(() => socket.resume(), fail);
    } catch (error) {
      fail(error);
    }
  });
}
