/** The socket of the gdb stub: one client at a time, on this host only. */
import { createServer, type Server, type Socket } from 'node:net';
import type { GdbRequest } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { OptionError } from './errors.ts';

const LOCALHOST = '127.0.0.1';
const MAX_PORT = 65535;

export class GdbServer {
  /** That clients connect to. */
  readonly port: number;
  private readonly server: Server;
  /** Where the client's bytes go; another machine may take over. */
  post: (request: GdbRequest) => void;
  private client: Socket | undefined;

  private constructor(server: Server, port: number, post: (request: GdbRequest) => void) {
    this.server = server;
    this.port = port;
    this.post = post;
    server.on('connection', (socket) => this.accept(socket));
  }

  /** `port` 0: one that is free. Throws OptionError. */
  static async listen(port: number, post: (request: GdbRequest) => void): Promise<GdbServer> {
    if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
      throw new OptionError(`gdb: ${port} is no port; 0 (any that is free) to ${MAX_PORT}`);
    }
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new OptionError(`gdb: port ${port}: ${cause.message}`, { cause })),
      );
      server.listen(port, LOCALHOST, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new GdbServer(server, address.port, post);
  }

  get hasClient(): boolean {
    return this.client !== undefined;
  }

  /** The machine's answer. */
  send(bytes: Uint8Array): void {
    this.client?.write(bytes);
  }

  /** Ends the connection once what was sent has gone out. */
  close(): void {
    this.server.close();
    this.client?.end();
    this.client = undefined;
  }

  private accept(socket: Socket): void {
    if (this.client) {
      socket.destroy();
      return;
    }
    this.client = socket;
    this.post({ type: 'gdbConnected' });
    socket.on('data', (bytes: Uint8Array) =>
      this.post({ type: 'gdbInput', bytes: new Uint8Array(bytes) }),
    );
    // A reset connection is a closed one.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.client !== socket) return;
      this.client = undefined;
      this.post({ type: 'gdbDisconnected' });
    });
  }
}

/** The server of a machine that is to be debugged: `port` is given. Throws OptionError. */
export async function listenForGdb(
  connection: Connection,
  port: number | undefined,
): Promise<GdbServer | undefined> {
  if (port === undefined) return undefined;
  const server = await GdbServer.listen(port, (request) => connection.post(request));
  connection.onGdbOutput = (bytes) => server.send(bytes);
  return server;
}
