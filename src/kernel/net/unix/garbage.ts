/** Sockets that only messages in other such sockets hold can never be received again. Linux: net/unix/garbage.c. */
import { UnixSocket } from './unix-socket.ts';

/** What is in the queues of a socket, and of those that wait to be accepted there. */
function heldBy(socket: UnixSocket): UnixSocket[] {
  const held: UnixSocket[] = [];
  for (const holder of [socket, ...socket.embryos]) {
    for (const { files } of holder.messages)
      for (const file of files) if (file instanceof UnixSocket) held.push(file);
  }
  return held;
}

/** Sockets whose queues are to be thrown away, of those `inFlight`. `closing` is about to lose one more reference. */
export function findGarbage(
  inFlight: ReadonlySet<UnixSocket>,
  closing: UnixSocket | undefined,
): UnixSocket[] {
  const candidates = new Set<UnixSocket>();
  for (const socket of inFlight) {
    const descriptors = socket.references - socket.inFlight - (socket === closing ? 1 : 0);
    if (descriptors === 0) candidates.add(socket);
  }
  // References that candidates hold to each other; one that something else holds too is alive, and all that it holds.
  const internal = new Map<UnixSocket, number>();
  for (const holder of candidates) {
    for (const held of heldBy(holder)) internal.set(held, (internal.get(held) ?? 0) + 1);
  }
  const alive = [...candidates].filter((socket) => socket.inFlight > (internal.get(socket) ?? 0));
  for (let socket = alive.pop(); socket; socket = alive.pop()) {
    if (candidates.delete(socket)) alive.push(...heldBy(socket));
  }
  return [...candidates].flatMap((socket) => [socket, ...socket.embryos]);
}
