/**
 * The board's hot-plug controller: virtio slots are filled and emptied while the machine runs. A device of this board's own,
 * "hartix,hot-plug", in the manner of the slot registers of ACPI's PCI hot-plug. Registers of 32 bits, bit n for slot n:
 *
 *   0x00 INSERTED  r: a device has come; w: ones say that the kernel has seen to it
 *   0x04 LEAVING   r: the device shall go, or is gone already
 *   0x08 EJECT     w: the kernel has let go of the device: the board takes it out
 *   0x0c REFUSE    w: the kernel cannot do without it: it stays
 *   0x10 ENABLE    rw: bit 0: the kernel listens. Otherwise slots change at once, and nobody is told
 *
 * The line is high while INSERTED or LEAVING is not 0. `slots` in the device tree has the address of each slot.
 */
import { BUS_ERROR, type Device, type InterruptLine } from './device.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';
import type { VirtioMmio, VirtioModel } from './virtio/mmio.ts';

export const HOT_PLUG_BYTES = 0x1000;
const REGISTER = {
  INSERTED: 0x00,
  LEAVING: 0x04,
  EJECT: 0x08,
  REFUSE: 0x0c,
  ENABLE: 0x10,
} as const;
const ALL_ONES = 0xffff_ffff;

/** What has become of a request about a slot. */
export type SlotOutcome = 'inserted' | 'ejected' | 'refused';

export class HotPlug implements Device {
  /** Told once the kernel has seen to a slot; at once where none listens. */
  onSettled: (slot: number, outcome: SlotOutcome) => void = () => undefined;
  private readonly interrupt: InterruptLine;
  private readonly slots: readonly VirtioMmio[];
  private inserted = 0;
  private leaving = 0;
  private isEnabled = false;

  /** At most 32 slots. */
  constructor(interrupt: InterruptLine, slots: readonly VirtioMmio[]) {
    this.interrupt = interrupt;
    this.slots = slots;
  }

  /** Where a device can be put; undefined when all slots are taken. A slot that the kernel still has to see to is not free. */
  freeSlot(): number | undefined {
    const busy = this.inserted | this.leaving;
    const slot = this.slots.findIndex(
      ({ isEmpty }, index) => isEmpty && ((busy >>> index) & 1) === 0,
    );
    return slot < 0 ? undefined : slot;
  }

  /** What is in the slots. */
  devices(): { slot: number; model: VirtioModel }[] {
    return this.slots
      .map(({ model, isEmpty }, slot) => ({ slot, model, isEmpty }))
      .filter(({ isEmpty }) => !isEmpty);
  }

  /** Before a restore: the slot as it was when the machine was saved. Nobody is told. */
  place(slot: number, model: VirtioModel): void {
    this.slot(slot).plug(model);
  }

  /** As place, of a slot that was empty. */
  take(slot: number): void {
    this.slot(slot).unplug();
  }

  /** Put a device into a free slot. */
  insert(slot: number, model: VirtioModel): void {
    this.slot(slot).plug(model);
    if (!this.isEnabled) {
      this.onSettled(slot, 'inserted');
      return;
    }
    this.inserted |= 1 << slot;
    this.update();
  }

  /** Have the kernel let go of the device; `isPulled`: it is gone before the kernel knows. */
  remove(slot: number, isPulled: boolean): void {
    if (isPulled || !this.isEnabled) this.slot(slot).unplug();
    if (!this.isEnabled) {
      this.onSettled(slot, 'ejected');
      return;
    }
    this.leaving |= 1 << slot;
    this.update();
  }

  /** The power-on state of registers; what should have left has left. */
  reset(): void {
    this.settle(this.inserted, 'inserted');
    this.settle(this.leaving, 'ejected');
    this.inserted = this.leaving = 0;
    this.isEnabled = false;
    this.update();
  }

  save(): StateValue {
    const { inserted, leaving, isEnabled } = this;
    return { inserted: inserted >>> 0, leaving: leaving >>> 0, isEnabled };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('hot-plug', state);
    this.inserted = fields.index('inserted', ALL_ONES);
    this.leaving = fields.index('leaving', ALL_ONES);
    this.isEnabled = fields.boolean('isEnabled');
    this.update();
  }

  read(offset: number, size: number): number {
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.INSERTED:
        return this.inserted >>> 0;
      case REGISTER.LEAVING:
        return this.leaving >>> 0;
      case REGISTER.ENABLE:
        return this.isEnabled ? 1 : 0;
      default:
        return 0;
    }
  }

  write(offset: number, size: number, value: number): number {
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.INSERTED: {
        const seen = value & this.inserted;
        this.inserted &= ~seen;
        this.settle(seen, 'inserted');
        break;
      }
      case REGISTER.EJECT:
      case REGISTER.REFUSE: {
        const answered = value & this.leaving;
        this.leaving &= ~answered;
        this.settle(answered, offset === REGISTER.EJECT ? 'ejected' : 'refused');
        break;
      }
      case REGISTER.ENABLE:
        this.isEnabled = (value & 1) === 1;
        break;
      default:
        break;
    }
    this.update();
    return 0;
  }

  private settle(bits: number, outcome: SlotOutcome): void {
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const slot = 31 - Math.clz32(rest & -rest);
      if (outcome === 'ejected') this.slot(slot).unplug();
      this.onSettled(slot, outcome);
    }
  }

  private slot(index: number): VirtioMmio {
    const slot = this.slots[index];
    if (!slot) throw new Error(`the board has no slot ${index}`);
    return slot;
  }

  private update(): void {
    this.interrupt.set((this.inserted | this.leaving) !== 0);
  }
}
