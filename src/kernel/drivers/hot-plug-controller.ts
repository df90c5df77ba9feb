/** The board's hot-plug controller, "hartix,hot-plug": tells of virtio slots that were filled, and that shall be emptied. */
import type { Platform } from '../../platform/platform.ts';
import type { BusDevice } from './bus-device.ts';
import type { InterruptTarget } from './plic.ts';

/** Registers; bit n of all but the last is slot n. */
const INSERTED = 0x00;
const LEAVING = 0x04;
const EJECT = 0x08;
const REFUSE = 0x0c;
const ENABLE = 0x10;

/** Who binds and unbinds drivers. A slot is named by the address of its window. */
export interface SlotListener {
  slotFilled(base: number): void;
  /** Returns false when the system cannot do without the device. */
  slotLeaving(base: number): boolean;
}

export class HotPlugController implements InterruptTarget {
  readonly name = 'hot-plug';
  private readonly platform: Platform;
  private readonly base: number;
  /** Addresses of the windows, by slot. */
  private readonly slots: readonly number[];
  private listener: SlotListener | undefined;

  constructor(platform: Platform, { base, node }: BusDevice) {
    this.platform = platform;
    this.base = base;
    this.slots = node.cells('slots');
  }

  get slotCount(): number {
    return this.slots.length;
  }

  /** From now on slots change only when the listener has seen to it. */
  listen(listener: SlotListener): void {
    this.listener = listener;
    this.platform.writeMmio(this.base + ENABLE, 4, 1);
  }

  /** A slot that is to be emptied comes first: it may be filled again. */
  interrupt(): void {
    const { listener } = this;
    if (!listener) return;
    this.forEach(LEAVING, (base) => (listener.slotLeaving(base) ? EJECT : REFUSE));
    this.forEach(INSERTED, (base) => {
      listener.slotFilled(base);
      return INSERTED;
    });
  }

  /** Serve each slot of a register; what `serve` returns is the register that is told. */
  private forEach(register: number, serve: (base: number) => number): void {
    const bits = this.platform.readMmio(this.base + register, 4);
    for (const [slot, base] of this.slots.entries()) {
      if (((bits >>> slot) & 1) === 0) continue;
      this.platform.writeMmio(this.base + serve(base), 4, (1 << slot) >>> 0);
    }
  }
}
