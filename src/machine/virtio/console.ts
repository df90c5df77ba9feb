/** virtio console, one port: virtio 1.2, section 5.3. */
import type { ByteSink, ByteSource } from '../device.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
const F_SIZE = 0;

export class VirtioConsole implements VirtioModel {
  readonly deviceId = 3;
  readonly queueCount = 2;
  readonly features = 1 << F_SIZE;
  /** u16 columns, u16 rows. */
  readonly config = new Uint8Array(12);
  private readonly source: ByteSource;
  private readonly sink: ByteSink;
  /** Bytes of the transmit buffer at the head of the queue that the sink has taken. */
  private sent = 0;
  private hasResized = false;

  constructor(source: ByteSource, sink: ByteSink) {
    this.source = source;
    this.sink = sink;
  }

  reset(): void {
    this.sent = 0;
    this.hasResized = false;
  }

  save(): StateValue {
    return { config: this.config.slice(), sent: this.sent, hasResized: this.hasResized };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('console', state);
    this.config.set(fields.bytes('config').subarray(0, this.config.length));
    this.sent = fields.number('sent');
    this.hasResized = fields.boolean('hasResized');
  }

  /** The host's window changed; the driver is told at the next poll. */
  resize(columns: number, rows: number): void {
    const view = new DataView(this.config.buffer);
    view.setUint16(0, columns, true);
    view.setUint16(2, rows, true);
    this.hasResized = true;
  }

  notify(index: number, transport: VirtioMmio): void {
    if (index === TRANSMIT) this.transmit(transport);
    else this.receive(transport);
  }

  poll(transport: VirtioMmio): void {
    if (this.hasResized) {
      this.hasResized = false;
      transport.configChanged();
    }
    this.receive(transport);
    this.transmit(transport);
  }

  /** Host to guest: fill receive buffers with what there is. */
  private receive(transport: VirtioMmio): void {
    const queue = transport.queues[RECEIVE];
    if (!queue) return;
    while (queue.hasAvailable) {
      const chain = queue.take();
      if (!chain) break;
      let received = 0;
      for (const part of chain.writable) {
        const count = this.source.read(part);
        received += count;
        if (count < part.length) break;
      }
      if (received === 0) {
        queue.untake();
        break;
      }
      queue.put(chain, received);
    }
    transport.queueUsed(queue);
  }

  /** Guest to host. Where the sink is full, the buffer waits at the head of the queue. */
  private transmit(transport: VirtioMmio): void {
    const queue = transport.queues[TRANSMIT];
    if (!queue) return;
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      let position = 0;
      let isFull = false;
      for (const part of chain.readable) {
        const from = Math.max(0, this.sent - position);
        if (from < part.length) {
          const taken = this.sink.write(part.subarray(from));
          this.sent += taken;
          isFull = taken < part.length - from;
        }
        if (isFull) break;
        position += part.length;
      }
      if (isFull) {
        queue.untake();
        break;
      }
      this.sent = 0;
      queue.put(chain, 0);
    }
    transport.queueUsed(queue);
  }
}
