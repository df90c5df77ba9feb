/** Receiving messages that keep their boundaries: datagrams, and packets of a connection. */
import { MSG_PEEK, MSG_TRUNC, SO_TIMESTAMP, SO_TIMESTAMPNS } from '../../../abi/socket.ts';
import { type Incoming, UNKNOWN_CREDENTIALS } from '../message.ts';
import { encodeAddress } from './names.ts';
import type { UnixMessage, UnixSocket } from './unix-socket.ts';

/** The first message of the queue, which is not empty; it stays there for MSG_PEEK. Returns the bytes that fitted. */
export function receivePacket(socket: UnixSocket, incoming: Incoming, flags: number): number {
  const message = socket.messages[0] as UnixMessage;
  const isPeek = (flags & MSG_PEEK) !== 0;
  const skip = isPeek ? Math.min(Math.max(socket.options.peekOffset, 0), message.length) : 0;
  const there = message.length - skip;
  const count = Math.min(incoming.data.length, there);
  socket.bytes.copyTo(incoming.data, 0, skip, count);
  if (count < there) incoming.flags |= MSG_TRUNC;
  incoming.done = count;
  incoming.fullLength = there;
  incoming.isComplete = true;
  describeSender(socket, message, incoming);
  if (isPeek) {
    if (socket.options.peekOffset >= 0) socket.options.peekOffset += count;
    incoming.files = socket.share(message.files);
    return count;
  }
  incoming.files = socket.unix.arrive(message.files);
  socket.bytes.drop(message.length);
  socket.messages.shift();
  forgetPeeked(socket, message.length);
  socket.settle(message);
  return count;
}

/** `count` bytes were received: the place to peek at moves with them. */
export function forgetPeeked(socket: UnixSocket, count: number): void {
  const { options } = socket;
  if (options.peekOffset > 0) options.peekOffset = Math.max(0, options.peekOffset - count);
}

export function describeSender(socket: UnixSocket, message: UnixMessage, incoming: Incoming): void {
  const { sender } = message;
  if (sender.address) incoming.name = encodeAddress(sender.address);
  if (socket.passesCredentials) incoming.credentials = message.credentials ?? UNKNOWN_CREDENTIALS;
  const { flags } = socket.options;
  if (message.sent && (flags.has(SO_TIMESTAMP) || flags.has(SO_TIMESTAMPNS)))
    incoming.timestamp = message.sent;
}
