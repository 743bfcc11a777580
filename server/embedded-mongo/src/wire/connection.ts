import type { Socket } from 'node:net';
import type { ServerState } from '../commands/command.ts';
import { dispatch } from '../commands/dispatch.ts';
import { errorReply } from '../commands/request.ts';
import { CommandError } from '../errors.ts';
import { encodeLegacyReply, encodeMessage, FrameReader, type Message, OpCode, ProtocolError } from './framing.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { parseLegacyQuery, parseMessage } from './message.ts';

let replyIds = 0;

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

async function answerLegacy(
  message: Message,
  replyId: number,
  connectionId: number,
  state: ServerState,
  onError: (error: unknown) => void,
): Promise<Buffer> {
  const { namespace, command } = parseLegacyQuery(message);
  const name = Object.keys(command)[0];
  const isHandshake = name === 'isMaster' || name === 'ismaster' || name === 'hello';
  if (!isHandshake || !namespace.endsWith('.$cmd')) {
    const error = new CommandError(352, 'Unsupported OP_QUERY command: the client driver may require an upgrade');
    return encodeLegacyReply(replyId, message.requestId, errorReply(error));
  }
  const database = namespace.slice(0, -'.$cmd'.length);
  const request = { command: { ...command, $db: database }, sequences: new Map(), isUnacknowledged: false };
  return encodeLegacyReply(replyId, message.requestId, await dispatch(state, connectionId, request, onError));
}

async function answer(
  message: Message,
  connectionId: number,
  state: ServerState,
  onError: (error: unknown) => void,
): Promise<Buffer | undefined> {
  const replyId = ++replyIds & 0x7fffffff;
  if (message.opCode === OpCode.query) return answerLegacy(message, replyId, connectionId, state, onError);
  if (message.opCode !== OpCode.message) throw new ProtocolError(`operation ${message.opCode} is not supported`);
  try {
    const request = parseMessage(message);
    const reply = await dispatch(state, connectionId, request, onError);
    if (request.isUnacknowledged) return undefined;
    return encodeMessage(replyId, message.requestId, reply);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return encodeMessage(replyId, message.requestId, errorReply(error));
  }
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
  let held = 0;
  const hold = () => {
    const now = reader.pendingBytes + socket.writableLength;
    const isAllowed = memory.change(now - held);
    held = now;
    return isAllowed;
  };
  socket.setNoDelay(true);
  // A client that goes away is no error of the server.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => memory.change(-held));
  socket.on('data', async (chunk) => {
    socket.pause();
    try {
      for (const message of reader.push(chunk)) {
        const reply = await answer(message, connectionId, state, onError);
        if (socket.destroyed) return;
        if (reply !== undefined && !socket.write(reply)) {
          if (!hold()) throw new ProtocolError('too much waits to be read');
          await drained(socket);
        }
      }
      if (socket.destroyed) return;
      if (!hold()) throw new ProtocolError('too much waits for its end');
      socket.resume();
    } catch (error) {
      if (!(error instanceof ProtocolError)) onError(error);
      socket.destroy();
    }
  });
}
