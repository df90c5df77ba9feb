/** Entropy source: virtio 1.2 section 5.4. */
import { EIO, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { InterruptTarget } from './plic.ts';
import type { VirtioTransport } from './virtio.ts';
import type { Virtqueue } from './virtqueue.ts';

export class VirtioRng implements InterruptTarget {
  readonly name: string;
  private readonly transport: VirtioTransport;
  private readonly queue: Virtqueue;
  private readonly frame: number;

  constructor(name: string, transport: VirtioTransport) {
    this.name = name;
    this.transport = transport;
    transport.begin(0);
    this.queue = transport.queue(0);
    this.frame = transport.frames.allocate();
    transport.finish();
  }

  interrupt(): void {
    this.transport.acknowledge();
  }

  remove(): void {
    this.transport.reset();
    this.transport.frames.release(this.frame);
    this.transport.releaseQueue(this.queue);
  }

  /** `count` random bytes. Throws EIO when the device gives none. */
  random(count: number): Uint8Array {
    const result = new Uint8Array(count);
    const memory = this.transport.platform.memory;
    for (let at = 0; at < count; ) {
      const length = Math.min(PAGE_SIZE, count - at);
      this.queue.submit([{ address: this.frame, length, isDeviceWritten: true }]);
      this.transport.notify(0);
      const used = this.queue.takeUsed();
      if (!used || used.length === 0) throw fail(EIO, 'no entropy');
      const from = this.frame - memory.base;
      result.set(memory.u8.subarray(from, from + Math.min(used.length, length)), at);
      at += used.length;
    }
    return result;
  }
}
