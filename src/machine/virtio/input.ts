/** virtio input device: virtio 1.2, section 5.8. What it can do is described in the terms of Linux's evdev. */
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { gather, scatter } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';

const EVENTS = 0;
/** Configuration space: u8 select, u8 subsel, u8 size, reserved, then up to 128 bytes of answer. */
const CONFIG = { SELECT: 0, SUBSELECT: 1, SIZE: 2, DATA: 8, BYTES: 136 } as const;
const SELECT = {
  NAME: 0x01,
  SERIAL: 0x02,
  IDS: 0x03,
  PROPERTIES: 0x10,
  EVENT_BITS: 0x11,
  AXIS: 0x12,
} as const;
/** An event: u16 type, u16 code, u32 value. */
const EVENT_BYTES = 8;
/** Events that wait for buffers; further ones are lost, as from a keyboard that nobody reads. */
const MAX_PENDING = 1024;

/** Types of events: Linux, input-event-codes.h. */
export const EV = { SYN: 0x00, KEY: 0x01, REL: 0x02, ABS: 0x03, LED: 0x11, REP: 0x14 } as const;
const SYN_REPORT = 0;

export interface InputDescription {
  readonly name: string;
  readonly serial: string;
  /** Distinguishes the devices of this machine from each other. */
  readonly product: number;
  /** Codes that exist of each event type. */
  readonly codes: ReadonlyMap<number, readonly number[]>;
  /** Largest value of each absolute axis; the smallest is 0. */
  readonly axes?: ReadonlyMap<number, number>;
}

/** Bus and vendor of the identity: BUS_VIRTUAL, and the vendor of virtio's PCI devices. */
const BUS_VIRTUAL = 0x06;
const VENDOR = 0x1af4;
const VERSION = 1;

export class VirtioInput implements VirtioModel {
  readonly deviceId = 18;
  readonly queueCount = 2;
  readonly features = 0;
  readonly config = new Uint8Array(CONFIG.BYTES);
  private readonly description: InputDescription;
  private pending: Uint8Array[] = [];
  /** Codes of the keys and buttons that are down. */
  private down = new Set<number>();
  /** Codes of the LEDs that the guest has lit. */
  private lit = new Set<number>();

  constructor(description: InputDescription) {
    this.description = description;
  }

  reset(): void {
    this.pending = [];
    this.down.clear();
    this.lit.clear();
    this.config.fill(0);
  }

  save(): StateValue {
    const pending = this.pending.map((event) => event.slice());
    const select = this.config.slice(0, CONFIG.SIZE);
    return { select, pending, down: [...this.down], lit: [...this.lit] };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('input device', state);
    this.config.set(fields.bytes('select').subarray(0, CONFIG.SIZE));
    this.answer();
    this.pending = fields.byteStrings('pending');
    this.down = new Set(fields.numbers('down'));
    this.lit = new Set(fields.numbers('lit'));
  }

  /** LED codes that the guest has lit. */
  get leds(): ReadonlySet<number> {
    return this.lit;
  }

  /** Something happened; the driver learns of it at the next poll, together with the rest up to the next sync(). */
  emit(type: number, code: number, value: number): void {
    if (this.pending.length >= MAX_PENDING) return;
    const event = new Uint8Array(EVENT_BYTES);
    const view = new DataView(event.buffer);
    view.setUint16(0, type, true);
    view.setUint16(2, code, true);
    view.setUint32(4, value, true);
    this.pending.push(event);
  }

  /** A key or button, by its code, goes down or up. Returns whether that is a change; if not, nothing is emitted. */
  press(code: number, isDown: boolean): boolean {
    if (this.down.has(code) === isDown) return false;
    if (isDown) this.down.add(code);
    else this.down.delete(code);
    this.emit(EV.KEY, code, isDown ? 1 : 0);
    return true;
  }

  protected get pressed(): readonly number[] {
    return [...this.down];
  }

  /** What was emitted since the last sync happened at one time. */
  sync(): void {
    this.emit(EV.SYN, SYN_REPORT, 0);
  }

  writeConfig(offset: number, size: number, value: number): void {
    if (offset > CONFIG.SUBSELECT) return;
    for (let i = 0; i < size && offset + i <= CONFIG.SUBSELECT; i++) {
      this.config[offset + i] = value >>> (8 * i);
    }
    this.answer();
  }

  notify(index: number, transport: VirtioMmio): void {
    if (index === EVENTS) this.deliver(transport);
    else this.takeStatus(index, transport);
  }

  poll(transport: VirtioMmio): void {
    this.deliver(transport);
  }

  private deliver(transport: VirtioMmio): void {
    const queue = transport.queues[EVENTS];
    if (!queue || this.pending.length === 0) return;
    while (this.pending[0]) {
      const chain = queue.take();
      if (!chain) break;
      queue.put(chain, scatter(chain.writable, this.pending[0]));
      this.pending.shift();
    }
    transport.queueUsed(queue);
  }

  /** The driver's events: LEDs. */
  private takeStatus(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    const known = this.description.codes.get(EV.LED) ?? [];
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      const event = gather(chain.readable, EVENT_BYTES);
      if (event.length === EVENT_BYTES) {
        const view = new DataView(event.buffer);
        const code = view.getUint16(2, true);
        if (view.getUint16(0, true) === EV.LED && known.includes(code)) {
          if (view.getUint32(4, true) !== 0) this.lit.add(code);
          else this.lit.delete(code);
        }
      }
      queue.put(chain, 0);
    }
    transport.queueUsed(queue);
  }

  /** Show what is selected; nothing (size 0) where it does not exist. */
  private answer(): void {
    const data = this.selected(
      this.config[CONFIG.SELECT] as number,
      this.config[CONFIG.SUBSELECT] as number,
    );
    this.config.fill(0, CONFIG.SIZE);
    this.config[CONFIG.SIZE] = data.length;
    this.config.set(data, CONFIG.DATA);
  }

  private selected(select: number, subselect: number): Uint8Array {
    const { name, serial, product, codes, axes } = this.description;
    const none = new Uint8Array(0);
    if (select === SELECT.EVENT_BITS) return bits(codes.get(subselect) ?? []);
    if (select === SELECT.AXIS) {
      const last = axes?.get(subselect);
      // Smallest, largest, fuzz, flat, resolution: 32 bits each.
      return last === undefined ? none : words(4, [0, last, 0, 0, 0]);
    }
    if (subselect !== 0) return none;
    if (select === SELECT.NAME) return new TextEncoder().encode(name);
    if (select === SELECT.SERIAL) return new TextEncoder().encode(serial);
    return select === SELECT.IDS ? words(2, [BUS_VIRTUAL, VENDOR, product, VERSION]) : none;
  }
}

/** A bit map, as long as its highest bit needs. */
function bits(codes: readonly number[]): Uint8Array {
  const map = new Uint8Array(codes.length === 0 ? 0 : (Math.max(...codes) >>> 3) + 1);
  for (const code of codes) map[code >>> 3] = (map[code >>> 3] as number) | (1 << (code & 7));
  return map;
}

/** Little-endian numbers of `size` bytes each. */
function words(size: number, values: readonly number[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff)),
  );
}
