/** The machine thread's end of the messages: requests are taken without running the event loop, events are posted. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Fifo } from '../lib/fifo.ts';
import { DOORBELL, type Event, type Request } from '../protocol.ts';
import { ConsoleTail } from './console-tail.ts';

/** `Incoming`: the requests that this kind of machine takes. */
export class HostPort<Incoming = Request> {
  /** What print() was given last. */
  readonly screen = new ConsoleTail();
  /** The word that the platform sleeps on. */
  readonly doorbell: Int32Array;
  private port: MessagePort | undefined;
  /** Value of the doorbell when the port was last emptied. */
  private seen = 0;
  private readonly requests = new Fifo<Incoming>();
  /** Sees each request as it comes in; true for one that it has served, whatever the machine does. */
  serveAtOnce: (request: Incoming) => boolean = () => false;
  /** Sees each event before it is posted. */
  beforePost: (event: Event) => void = () => undefined;

  /** `port`: absent until connect(). */
  constructor(port: MessagePort | undefined, doorbell: Int32Array) {
    this.port = port;
    this.doorbell = doorbell;
  }

  connect(port: MessagePort): void {
    this.port = port;
    this.seen = 0;
  }

  /** Whether requests have come in. Cheap when none have. */
  poll(): boolean {
    const { port } = this;
    const rings = Atomics.load(this.doorbell, DOORBELL.REQUESTS);
    if (port && rings !== this.seen) {
      this.seen = rings;
      for (
        let message = receiveMessageOnPort(port);
        message;
        message = receiveMessageOnPort(port)
      ) {
        const request = message.message as Incoming;
        if (!this.serveAtOnce(request)) this.requests.push(request);
      }
    }
    return this.requests.length > 0;
  }

  /** The one that take() would give. */
  get first(): Incoming | undefined {
    return this.requests.first;
  }

  /** The next request that poll() found. */
  take(): Incoming | undefined {
    return this.requests.shift();
  }

  post(event: Event): void {
    this.beforePost(event);
    this.port?.postMessage(event);
  }

  /** On the console's screen. The array must not change any more. */
  print(bytes: Uint8Array): void {
    this.screen.add(bytes);
    this.post({ type: 'console', bytes });
  }

  /** Nothing is heard or told any more. */
  close(): void {
    this.port?.close();
    this.port = undefined;
  }
}
