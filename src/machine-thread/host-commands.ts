/** Commands that the host offers: the guest's program host-command connects here, and bytes go to and from the main thread. */
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { SOCK_STREAM } from '../abi/socket.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Incoming } from '../kernel/net/message.ts';
import type { UnixSocket } from '../kernel/net/unix/unix-socket.ts';
import type { Task } from '../kernel/task.ts';
import { toBytes } from '../lib/bytes.ts';
import { Fifo } from '../lib/fifo.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { type CommandRequest, INPUT_CREDIT_BYTES } from '../protocol.ts';
import { attempt, closeEnd } from './host-end.ts';
import type { HostPort } from './host-port.ts';

/** struct sockaddr_un of an abstract name: userland/bin/host-command.c knows it. */
const ADDRESS = toBytes('\x01\0\0hartix-commands');
const BACKLOG = 128;
/** Of one machine at a time; what comes beyond is hung up. */
const MAX_CALLS = 1024;
const CHUNK_BYTES = 64 * 1024;

/** One run of a command. */
class Call {
  readonly socket: UnixSocket;
  /** For the guest, in order; undefined is the end of the call. */
  readonly output = new Fifo<Uint8Array | undefined>();
  /** Bytes that may still be sent to the main thread. */
  credit = INPUT_CREDIT_BYTES;

  constructor(socket: UnixSocket) {
    this.socket = socket;
  }
}

/** What a snapshot holds of the commands of the host. */
export interface CommandState {
  readonly listener: UnixSocket | undefined;
  readonly sockets: readonly UnixSocket[];
}

export class HostCommands {
  private readonly task: Task;
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private listener: UnixSocket | undefined;
  private readonly calls = new Map<number, Call>();
  private lastId = 0;

  /** `task`: in whose name the host speaks, init. */
  constructor(kernel: Kernel, task: Task, port: HostPort) {
    this.kernel = kernel;
    this.task = task;
    this.port = port;
  }

  /** For a snapshot. Calls that are under way are not in it: who restores it has nobody at their other end. */
  get state(): CommandState {
    return {
      listener: this.listener,
      sockets: Array.from(this.calls.values(), (call) => call.socket),
    };
  }

  /** Of a restored machine: goes on listening, and hangs up. */
  adopt({ listener, sockets }: CommandState): void {
    this.listener = listener;
    for (const socket of sockets) closeEnd(socket);
  }

  handle(request: CommandRequest): void {
    if (request.type === 'commandListen') this.listen();
    const call = 'call' in request ? this.calls.get(request.call) : undefined;
    if (!call) return;
    if (request.type === 'commandOutput') call.output.push(request.bytes);
    if (request.type === 'commandEnd') call.output.push(undefined);
    if (request.type === 'commandConsumed') call.credit += request.bytes;
  }

  /** Move what can be moved; whether anything was. */
  pump(): boolean {
    if (!this.listener) return false;
    let hasMoved = this.acceptAll(this.listener);
    for (const [id, call] of this.calls) {
      hasMoved = this.pumpOutput(id, call) || hasMoved;
      if (this.calls.has(id)) hasMoved = this.pumpInput(id, call) || hasMoved;
    }
    return hasMoved;
  }

  private listen(): void {
    if (this.listener) return;
    const socket = this.kernel.net.unix.create(this.task, SOCK_STREAM, O_NONBLOCK);
    socket.bind(this.task, ADDRESS);
    socket.listen(this.task, BACKLOG);
    this.listener = socket;
  }

  private acceptAll(listener: UnixSocket): boolean {
    let hasMoved = false;
    for (let socket = this.accept(listener); socket; socket = this.accept(listener)) {
      hasMoved = true;
      if (this.calls.size >= MAX_CALLS) {
        closeEnd(socket);
        continue;
      }
      const call = ++this.lastId;
      this.calls.set(call, new Call(socket));
      const { pid, uid, gid } = socket.peerCredentials() ?? { pid: 0, uid: 65534, gid: 65534 };
      this.port.post({ type: 'commandCalled', call, pid, uid, gid });
    }
    return hasMoved;
  }

  private accept(listener: UnixSocket): UnixSocket | undefined {
    if (listener.embryos.length === 0) return undefined;
    const socket = attempt(() => listener.accept(O_NONBLOCK) as UnixSocket);
    return typeof socket === 'string' ? undefined : socket;
  }

  private pumpInput(id: number, call: Call): boolean {
    let hasMoved = false;
    while (call.credit > 0) {
      const bytes = new Uint8Array(Math.min(CHUNK_BYTES, call.credit));
      const incoming = new Incoming(new BytesBuffer(bytes));
      const count = attempt(() => call.socket.receive(incoming, 0));
      call.socket.dropFiles(incoming);
      if (count === 'later') break;
      hasMoved = true;
      if (count === 'ended' || count === 0) {
        this.close(id, call);
        break;
      }
      call.credit -= count;
      this.port.post({ type: 'commandInput', call: id, bytes: bytes.slice(0, count) });
    }
    return hasMoved;
  }

  private pumpOutput(id: number, call: Call): boolean {
    let hasMoved = false;
    for (const { output } = call; output.length > 0; ) {
      const chunk = output.first;
      if (chunk === undefined) {
        this.close(id, call);
        return true;
      }
      const data = new BytesBuffer(chunk);
      const message = { data, name: undefined, files: [], credentials: undefined };
      const count = attempt(() => call.socket.send(this.task, message, 0, 0));
      if (count === 'later') break;
      hasMoved = true;
      if (count === 'ended') {
        this.close(id, call);
        break;
      }
      this.port.post({ type: 'commandTaken', call: id, bytes: count });
      if (count < chunk.length) output.first = chunk.subarray(count);
      else output.shift();
    }
    return hasMoved;
  }

  private close(id: number, call: Call): void {
    this.calls.delete(id);
    closeEnd(call.socket);
    this.port.post({ type: 'commandClosed', call: id });
  }
}
