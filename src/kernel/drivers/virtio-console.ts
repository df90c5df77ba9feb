/** Console driver: virtio 1.2 section 5.3, one port. */

import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import type { PortReceiver, TtyPort } from '../tty/port.ts';
import type { InterruptTarget } from './plic.ts';
import { CONFIG_CHANGE, type VirtioTransport } from './virtio.ts';
import type { Virtqueue } from './virtqueue.ts';

const F_SIZE = 1 << 0;
const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
/** struct virtio_console_config: cols, rows as u16. */
const CONFIG_COLUMNS = 0;
const CONFIG_ROWS = 2;
const RECEIVE_BUFFERS = 8;
const RECEIVE_BYTES = PAGE_SIZE / RECEIVE_BUFFERS;

export class VirtioConsole implements TtyPort, InterruptTarget {
  readonly name: string;
  /** The terminal on this line; input is left in the queue until there is one. */
  receiver: PortReceiver | undefined;
  rows = 0;
  columns = 0;
  private readonly transport: VirtioTransport;
  private readonly memory: PlatformMemory;
  private readonly receiveQueue: Virtqueue;
  private readonly transmitQueue: Virtqueue;
  private readonly hasSize: boolean;
  private readonly transmitFrame: number;
  private isTransmitting = false;
  /** Buffer address by descriptor head, for buffers that the device has. */
  private readonly bufferOf = new Map<number, number>();
  /** Input that the terminal had no room for yet, oldest first. */
  private readonly held: { address: number; from: number; to: number }[] = [];

  constructor(name: string, transport: VirtioTransport) {
    this.name = name;
    this.transport = transport;
    this.memory = transport.platform.memory;
    this.hasSize = (transport.begin(F_SIZE) & F_SIZE) !== 0;
    this.receiveQueue = transport.queue(RECEIVE_QUEUE);
    this.transmitQueue = transport.queue(TRANSMIT_QUEUE);
    this.transmitFrame = transport.frames.allocate();
    transport.finish();
    const frame = transport.frames.allocate();
    for (let i = 0; i < RECEIVE_BUFFERS; i++) this.offer(frame + i * RECEIVE_BYTES);
    transport.notify(RECEIVE_QUEUE);
    this.readSize();
  }

  write(bytes: Uint8Array): number {
    if (this.isTransmitting && !this.transmitQueue.takeUsed()) return 0;
    const count = Math.min(bytes.length, PAGE_SIZE);
    if (count === 0) return 0;
    this.memory.u8.set(bytes.subarray(0, count), this.transmitFrame - this.memory.base);
    const segment = { address: this.transmitFrame, length: count, isDeviceWritten: false };
    this.transmitQueue.submit([segment]);
    this.transport.notify(TRANSMIT_QUEUE);
    this.isTransmitting = this.transmitQueue.takeUsed() === undefined;
    return count;
  }

  inputReady(): void {
    this.deliver();
  }

  interrupt(): void {
    const status = this.transport.acknowledge();
    if (status & CONFIG_CHANGE) this.readSize();
    for (let used = this.receiveQueue.takeUsed(); used; used = this.receiveQueue.takeUsed()) {
      const address = this.bufferOf.get(used.head);
      if (address === undefined) continue;
      this.bufferOf.delete(used.head);
      this.held.push({ address, from: 0, to: used.length });
    }
    this.deliver();
    if (this.isTransmitting && this.transmitQueue.takeUsed()) {
      this.isTransmitting = false;
      this.receiver?.outputReady();
    }
  }

  /** Hand held input to the terminal as far as it takes it, and give emptied buffers back to the device. */
  private deliver(): void {
    const receiver = this.receiver;
    if (!receiver) return;
    let offered = false;
    for (let input = this.held[0]; input; input = this.held[0]) {
      const start = input.address - this.memory.base;
      input.from += receiver.receive(this.memory.u8.slice(start + input.from, start + input.to));
      if (input.from < input.to) break;
      this.held.shift();
      this.offer(input.address);
      offered = true;
    }
    if (offered) this.transport.notify(RECEIVE_QUEUE);
  }

  private offer(address: number): void {
    const segment = { address, length: RECEIVE_BYTES, isDeviceWritten: true };
    const head = this.receiveQueue.submit([segment]);
    if (head !== undefined) this.bufferOf.set(head, address);
  }

  private readSize(): void {
    if (!this.hasSize) return;
    this.columns = this.transport.configU16(CONFIG_COLUMNS);
    this.rows = this.transport.configU16(CONFIG_ROWS);
    this.receiver?.resize(this.rows, this.columns);
  }
}
