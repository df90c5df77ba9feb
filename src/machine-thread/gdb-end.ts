/** The machine thread's end of a debugger's client: gdb's bytes come from and go to the main thread, which owns the socket. */
import type { Debugger, Stop } from '../machine/debug/debugger.ts';
import { GdbSession, type SessionOptions } from '../machine/debug/session.ts';
import type { Event, GdbRequest } from '../protocol.ts';

export class GdbEnd {
  private readonly debug: Debugger;
  private readonly post: (event: Event) => void;
  private readonly options: Omit<SessionOptions, 'send' | 'detached'>;
  private session: GdbSession | undefined;

  constructor(
    debug: Debugger,
    post: (event: Event) => void,
    options: Omit<SessionOptions, 'send' | 'detached'>,
  ) {
    this.debug = debug;
    this.post = post;
    this.options = options;
  }

  get isConnected(): boolean {
    return this.session !== undefined;
  }

  stopped(stop: Stop): void {
    this.session?.stopped(stop);
  }

  handle(request: GdbRequest): void {
    switch (request.type) {
      case 'gdbConnected':
        // The machine stands still for its client.
        this.debug.interrupt();
        this.session = new GdbSession(this.debug, {
          ...this.options,
          send: (bytes) => this.post({ type: 'gdbOutput', bytes }),
          detached: () => this.debug.detach(),
        });
        break;
      case 'gdbInput':
        this.session?.receive(request.bytes);
        break;
      case 'gdbDisconnected':
        // It goes on without the client's points.
        this.session = undefined;
        this.debug.detach();
        break;
    }
  }
}
