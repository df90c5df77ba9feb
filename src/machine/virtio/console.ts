/** virtio console with one port or several: virtio 1.2, section 5.3. */
import type { ByteSink, ByteSource } from '../device.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { gather, scatter } from './chain.ts';
import { ConsoleStream } from './console-port.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { VirtQueue } from './queue.ts';

/** Port 0 has queues 0 and 1; the control queues follow, then the other ports' pairs. */
const QUEUE = { CONTROL_OUT: 2, CONTROL_IN: 3, OTHERS: 4 } as const;
/** Feature bits. */
const F_SIZE = 0;
const F_MULTIPORT = 1;
const F_EMERGENCY_WRITE = 2;
/** Configuration space: u16 columns, u16 rows, u32 max_nr_ports, u32 emerg_wr. */
const CONFIG = { COLUMNS: 0, ROWS: 2, PORTS: 4, EMERGENCY: 8, BYTES: 12 } as const;
/** Control messages: u32 port, u16 event, u16 value; some are longer. */
const MESSAGE_BYTES = 8;
const EVENT = {
  DEVICE_READY: 0,
  PORT_ADD: 1,
  PORT_READY: 3,
  CONSOLE_PORT: 4,
  RESIZE: 5,
  PORT_OPEN: 6,
  PORT_NAME: 7,
} as const;
/** A driver that asks and never reads the answers loses them. */
const MAX_PENDING = 256;

export interface ConsolePort {
  /** Linux shows it in /sys/class/virtio-ports and, through udev, as /dev/virtio-ports/NAME. */
  readonly name: string;
  /** Offered as a terminal (hvc1 and on); else a plain stream, /dev/vport. */
  readonly isConsole: boolean;
  readonly source: ByteSource;
  readonly sink: ByteSink;
}

export class VirtioConsole implements VirtioModel {
  readonly deviceId = 3;
  readonly queueCount: number;
  readonly features: number;
  readonly config = new Uint8Array(CONFIG.BYTES);
  private readonly ports: readonly ConsolePort[];
  private readonly streams: readonly ConsoleStream[];
  /** Control messages that wait for buffers of the driver. */
  private pending: Uint8Array[] = [];
  private hasResized = false;

  /** Port 0 is a console over `source` and `sink`; `others` are further ports, from 1 on. */
  constructor(source: ByteSource, sink: ByteSink, others: readonly ConsolePort[] = []) {
    this.ports = [{ name: '', isConsole: true, source, sink }, ...others];
    this.streams = this.ports.map((port) => new ConsoleStream(port.source, port.sink));
    this.queueCount = others.length === 0 ? 2 : QUEUE.OTHERS + 2 * others.length;
    const multiport = others.length === 0 ? 0 : 1 << F_MULTIPORT;
    this.features = (1 << F_SIZE) | (1 << F_EMERGENCY_WRITE) | multiport;
    new DataView(this.config.buffer).setUint32(CONFIG.PORTS, this.ports.length, true);
  }

  reset(): void {
    for (const stream of this.streams) stream.reset();
    this.pending = [];
    this.hasResized = false;
  }

  queueReset(index: number): void {
    const stream = this.streams[portOf(index)];
    if (stream && index % 2 === 1) stream.sent = 0;
  }

  save(): StateValue {
    return {
      config: this.config.slice(),
      streams: this.streams.map(({ sent, isOpen }) => ({ sent, isOpen })),
      pending: this.pending.map((message) => message.slice()),
      hasResized: this.hasResized,
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('console', state);
    const streams = fields.records('streams', this.streams.length);
    this.config.set(fields.bytes('config').subarray(0, CONFIG.PORTS));
    for (const [i, saved] of streams.entries()) {
      const stream = this.streams[i] as ConsoleStream;
      stream.sent = saved.number('sent');
      stream.isOpen = saved.boolean('isOpen');
    }
    this.pending = fields.byteStrings('pending');
    this.hasResized = fields.boolean('hasResized');
  }

  /** The host's window changed; the driver is told at the next poll. */
  resize(columns: number, rows: number): void {
    const view = new DataView(this.config.buffer);
    view.setUint16(CONFIG.COLUMNS, columns, true);
    view.setUint16(CONFIG.ROWS, rows, true);
    this.hasResized = true;
  }

  writeConfig(offset: number, _size: number, value: number): void {
    if (offset === CONFIG.EMERGENCY) this.streams[0]?.sendByte(value & 0xff);
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    if (index === QUEUE.CONTROL_IN) {
      this.obey(queue);
      transport.queueUsed(queue);
      this.tell(transport);
    } else if (index === QUEUE.CONTROL_OUT) {
      this.tell(transport);
    } else {
      this.move(index, queue, transport);
    }
  }

  poll(transport: VirtioMmio): void {
    const isMultiport = transport.hasFeature(F_MULTIPORT);
    if (this.hasResized) {
      this.hasResized = false;
      transport.configChanged();
      if (isMultiport && this.streams[0]?.isOpen) this.queueSize(0);
    }
    if (isMultiport) this.tell(transport);
    const count = isMultiport ? this.queueCount : 2;
    for (let index = 0; index < count; index++) {
      const queue = transport.queues[index];
      const isControl = index === QUEUE.CONTROL_OUT || index === QUEUE.CONTROL_IN;
      if (queue && !isControl) this.move(index, queue, transport);
    }
  }

  /** Bytes of one port in one direction. What the host sends waits until somebody in the guest listens. */
  private move(index: number, queue: VirtQueue, transport: VirtioMmio): void {
    const stream = this.streams[portOf(index)];
    if (!stream) return;
    if (index % 2 === 1) stream.transmit(queue);
    else if (stream.isOpen || !transport.hasFeature(F_MULTIPORT)) stream.receive(queue);
    transport.queueUsed(queue);
  }

  /** What the driver says. */
  private obey(queue: VirtQueue): void {
    for (;;) {
      const chain = queue.take();
      if (!chain) return;
      const message = gather(chain.readable, MESSAGE_BYTES);
      if (message.length === MESSAGE_BYTES) this.hear(new DataView(message.buffer));
      queue.put(chain, 0);
    }
  }

  private hear(message: DataView): void {
    const id = message.getUint32(0, true);
    const event = message.getUint16(4, true);
    const isYes = message.getUint16(6, true) === 1;
    if (event === EVENT.DEVICE_READY) {
      if (isYes) for (const port of this.ports.keys()) this.queueMessage(port, EVENT.PORT_ADD, 1);
      return;
    }
    const stream = this.streams[id];
    if (!stream) return;
    if (event === EVENT.PORT_READY && isYes) this.introduce(id);
    else if (event === EVENT.PORT_OPEN) stream.isOpen = isYes;
  }

  /** The driver has a port and wants to know what it is. The host's end is always open. */
  private introduce(id: number): void {
    const port = this.ports[id] as ConsolePort;
    if (port.isConsole) this.queueMessage(id, EVENT.CONSOLE_PORT, 1);
    if (port.isConsole) this.queueSize(id);
    const name = new TextEncoder().encode(port.name);
    if (name.length > 0) this.queueMessage(id, EVENT.PORT_NAME, 1, name);
    this.queueMessage(id, EVENT.PORT_OPEN, 1);
  }

  private queueSize(id: number): void {
    const size = this.config.slice(CONFIG.COLUMNS, CONFIG.PORTS);
    if (size.some((byte) => byte !== 0)) this.queueMessage(id, EVENT.RESIZE, 0, size);
  }

  private queueMessage(id: number, event: number, value: number, rest = new Uint8Array(0)): void {
    if (this.pending.length >= MAX_PENDING) return;
    const message = new Uint8Array(MESSAGE_BYTES + rest.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, id, true);
    view.setUint16(4, event, true);
    view.setUint16(6, value, true);
    message.set(rest, MESSAGE_BYTES);
    this.pending.push(message);
  }

  private tell(transport: VirtioMmio): void {
    const queue = transport.queues[QUEUE.CONTROL_OUT];
    if (!queue || this.pending.length === 0) return;
    while (this.pending[0]) {
      const chain = queue.take();
      if (!chain) break;
      queue.put(chain, scatter(chain.writable, this.pending[0]));
      this.pending.shift();
    }
    transport.queueUsed(queue);
  }
}

/** The port of a queue; of the control queues none: -1. */
function portOf(queue: number): number {
  if (queue < QUEUE.CONTROL_OUT) return 0;
  return queue < QUEUE.OTHERS ? -1 : (queue >>> 1) - 1;
}
