/** Devices as a hart's thread reaches them: its own CLINT view directly, all others through the machine thread. */
import type { Bus, BusPort } from '../bus.ts';
import { BUS_ERROR } from '../device.ts';
import { BOX, type Mailbox, MMIO_STATE } from './mailbox.ts';
import type { Peers } from './peers.ts';

/** In MMIO_OPERATION beside the size; the answer there is 0 or BUS_ERROR. */
const WRITE = 16;
const HIGH = 0x1_0000_0000;

export class RemoteBus implements BusPort {
  private readonly peers: Peers;
  private readonly local: Bus;

  /** `local`: devices that this thread serves itself. */
  constructor(peers: Peers, local: Bus) {
    this.peers = peers;
    this.local = local;
  }

  read(pa: number, size: number): number {
    if (this.local.has(pa)) return this.local.read(pa, size);
    if (this.call(size, pa, 0, 0) === BUS_ERROR) return BUS_ERROR;
    return this.peers.own.load(BOX.MMIO_LOW) >>> 0;
  }

  write(pa: number, size: number, value: number): number {
    if (this.local.has(pa)) return this.local.write(pa, size, value);
    return this.call(size | WRITE, pa, value, 0);
  }

  readWide(pa: number, words: Uint32Array, at: number): number {
    if (this.local.has(pa)) return this.local.readWide(pa, words, at);
    if (this.call(8, pa, 0, 0) === BUS_ERROR) return BUS_ERROR;
    words[at] = this.peers.own.load(BOX.MMIO_LOW);
    words[at + 1] = this.peers.own.load(BOX.MMIO_HIGH);
    return 0;
  }

  writeWide(pa: number, low: number, high: number): number {
    if (this.local.has(pa)) return this.local.writeWide(pa, low, high);
    return this.call(8 | WRITE, pa, low, high);
  }

  private call(operation: number, pa: number, low: number, high: number): number {
    if (pa >= HIGH) return BUS_ERROR;
    const { own } = this.peers;
    own.store(BOX.MMIO_OPERATION, operation);
    own.store(BOX.MMIO_ADDRESS, pa);
    own.store(BOX.MMIO_LOW, low);
    own.store(BOX.MMIO_HIGH, high);
    own.store(BOX.MMIO, MMIO_STATE.ASKED);
    const server = this.peers.box(0);
    server.ring();
    this.peers.until(server, () => own.load(BOX.MMIO) === MMIO_STATE.ANSWERED);
    own.store(BOX.MMIO, MMIO_STATE.NONE);
    return own.load(BOX.MMIO_OPERATION);
  }
}

/** The machine thread's side: the access that a hart waits for, if there is one. */
export function answerMmio(box: Mailbox, bus: Bus, value: Uint32Array): boolean {
  if (box.load(BOX.MMIO) !== MMIO_STATE.ASKED) return false;
  const pa = box.load(BOX.MMIO_ADDRESS) >>> 0;
  const operation = box.load(BOX.MMIO_OPERATION);
  value[0] = box.load(BOX.MMIO_LOW);
  value[1] = box.load(BOX.MMIO_HIGH);
  const status = access(bus, pa, operation, value);
  box.store(BOX.MMIO_LOW, value[0] as number);
  box.store(BOX.MMIO_HIGH, value[1] as number);
  box.store(BOX.MMIO_OPERATION, status);
  box.store(BOX.MMIO, MMIO_STATE.ANSWERED);
  box.ringBell();
  return true;
}

function access(bus: Bus, pa: number, operation: number, value: Uint32Array): number {
  const size = operation & ~WRITE;
  const low = value[0] as number;
  if ((operation & WRITE) !== 0) {
    return size === 8 ? bus.writeWide(pa, low, value[1] as number) : bus.write(pa, size, low);
  }
  if (size === 8) return bus.readWide(pa, value, 0);
  const read = bus.read(pa, size);
  if (read === BUS_ERROR) return BUS_ERROR;
  value[0] = read;
  return 0;
}
