/** One port of a virtio console: bytes between two queues and the host. virtio 1.2, section 5.3.6. */
import type { ByteSink, ByteSource } from '../device.ts';
import type { VirtQueue } from './queue.ts';

export class ConsoleStream {
  /** The guest has it open, as far as it says so: MULTIPORT only. */
  isOpen = false;
  private readonly source: ByteSource;
  private readonly sink: ByteSink;
  /** Bytes of the transmit buffer at the head of the queue that the sink has taken. */
  sent = 0;

  constructor(source: ByteSource, sink: ByteSink) {
    this.source = source;
    this.sink = sink;
  }

  reset(): void {
    this.isOpen = false;
    this.sent = 0;
  }

  /** Host to guest: fill receive buffers with what there is. */
  receive(queue: VirtQueue): void {
    // At each slice's end: a buffer is not taken in vain.
    while (this.source.isEmpty !== true) {
      const chain = queue.take();
      if (!chain) return;
      let received = 0;
      for (const part of chain.writable) {
        const count = this.source.read(part);
        received += count;
        if (count < part.length) break;
      }
      if (received === 0) {
        queue.untake();
        return;
      }
      queue.put(chain, received);
    }
  }

  /** Guest to host. Where the sink is full, the buffer waits at the head of the queue. */
  transmit(queue: VirtQueue): void {
    for (;;) {
      const chain = queue.take();
      if (!chain) return;
      if (!this.send(chain.readable)) {
        queue.untake();
        return;
      }
      this.sent = 0;
      queue.put(chain, 0);
    }
  }

  /** A byte without a queue, for a guest in trouble. */
  sendByte(byte: number): void {
    this.sink.write(Uint8Array.of(byte));
  }

  /** Returns whether the sink has taken all of the buffer. */
  private send(parts: readonly Uint8Array[]): boolean {
    let position = 0;
    for (const part of parts) {
      const from = Math.max(0, this.sent - position);
      if (from < part.length) {
        const taken = this.sink.write(part.subarray(from));
        this.sent += taken;
        if (taken < part.length - from) return false;
      }
      position += part.length;
    }
    return true;
  }
}
