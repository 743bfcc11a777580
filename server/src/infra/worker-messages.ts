/** What goes between a worker and the process above it, beside the messages of Node itself. */
export interface WorkerMessage<Kind extends string> {
  latchkey: Kind;
}

/** Whether something that arrived is a message of this kind. */
export const isWorkerMessage = <Message extends WorkerMessage<string>>(
  kind: Message['latchkey'],
  message: unknown,
): message is Message =>
  typeof message === 'object' && message !== null && 'latchkey' in message && message.latchkey === kind;
