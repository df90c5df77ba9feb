/** The machine thread's end of a debugger's client: gdb's bytes come from and go to the main thread, which owns the socket. */
import type { Debugger, Stop } from '../machine/debug/debugger.ts';
import { GdbSession, type SessionOptions } from '../machine/debug/session.ts';
import type { Event, GdbRequest } from '../protocol.ts';

type EndOptions = Omit<SessionOptions, 'send' | 'detached' | 'wentBack'>;

export class GdbEnd {
  private readonly debug: Debugger;
  private readonly post: (event: Event) => void;
  private readonly options: EndOptions;
  private session: GdbSession | undefined;

  constructor(debug: Debugger, post: (event: Event) => void, options: EndOptions) {
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

  /** The machine that the client was connected to has ended, and this one takes its place. */
  wentBack(hasAcks: boolean): void {
    this.begin({ wentBack: { hasAcks } });
  }

  private begin(more: Pick<SessionOptions, 'wentBack'>): void {
    this.session = new GdbSession(this.debug, {
      ...this.options,
      ...more,
      send: (bytes) => this.post({ type: 'gdbOutput', bytes }),
      detached: () => this.debug.detach(),
    });
  }

  handle(request: GdbRequest): void {
    switch (request.type) {
      case 'gdbConnected':
        // The machine stands still for its client.
        this.debug.interrupt();
        this.begin({});
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
