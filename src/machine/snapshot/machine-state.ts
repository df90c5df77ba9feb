/** A whole machine as saved state: harts, devices by name, clock, memory. What engines derive of it is made again. */
import { PRIVILEGE } from '../../isa/csr.ts';
import type { Hart } from '../hart.ts';
import { HART, RAM_BASE } from '../hart-layout.ts';
import { SLOT } from '../hart-state.ts';
import type { Machine } from '../machine.ts';
import { ENTRY, HART_ENGINE } from '../record-layout.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import type { SnapshotContent } from './file.ts';
import { restorePages, type SavedPages, savePages } from './pages.ts';

/** Parts of a hart block that are state, by name: offset and end. The rest is derived, or belongs to one call. */
const PARTS: Readonly<Record<string, readonly [start: number, end: number]>> = {
  registers: [HART.X, HART.BUDGET],
  reservedValue: [HART.RESERVED_VALUE, HART.SCRATCH],
  random: [HART_ENGINE.RANDOM, HART_ENGINE.RANDOM + 8],
  csrs: [HART.CSR, HART.V],
  vector: [HART.V, HART.HART_STATE],
  management: [HART.HART_STATE, HART.MAILBOX],
};
const FRM_MAX = 7;
const FFLAGS_MAX = 0x1f;
/** Snapshots of a version whose harts have other registers, or have them elsewhere, do not fit. */
const LAYOUT = JSON.stringify({ HART, SLOT });

function bytesOf(hart: Hart, [start, end]: readonly [number, number]): Uint8Array {
  const { words, block } = hart.state;
  return new Uint8Array(words.buffer, block + start, end - start);
}

function saveHart(hart: Hart): StateValue {
  const parts = Object.entries(PARTS).map(([name, range]) => [name, bytesOf(hart, range).slice()]);
  const reservation = hart.state.word(HART.RESERVATION);
  return {
    ...Object.fromEntries(parts),
    mip: hart.state.mip,
    // Of the bytes in RAM, plus 1; 0 for none.
    reservation: reservation === 0 ? 0 : reservation - RAM_BASE + 1,
  };
}

function restoreHart(hart: Hart, state: StateValue): void {
  const name = `hart ${hart.state.id}`;
  const fields = new StateFields(name, state);
  for (const [part, range] of Object.entries(PARTS)) {
    const bytes = fields.bytes(part);
    const place = bytesOf(hart, range);
    if (bytes.length !== place.length) {
      throw new Error(`saved state of ${name}: ${part} has a wrong length`);
    }
    place.set(bytes);
  }
  checkHart(hart, name);
  const reservation = fields.index('reservation', 2 ** 32 - 1);
  hart.state.setWord(HART.RESERVATION, reservation === 0 ? 0 : reservation - 1 + RAM_BASE);
  hart.state.setWord(HART.ATTENTION, 0);
  hart.state.setWord(HART_ENGINE.ENTRY, ENTRY.SLOW);
}

/** Fields that are narrower than their words, on which engines rely. */
function checkHart({ state }: Hart, name: string): void {
  const isWhole =
    Object.values(PRIVILEGE).some((known) => known === state.privilege) &&
    state.word(HART.FRM) <= FRM_MAX &&
    state.word(HART.FFLAGS) <= FFLAGS_MAX;
  if (!isWhole) throw new Error(`saved state of ${name}: its registers are not possible`);
}

function saveDevices(machine: Machine): StateValue {
  return Object.fromEntries(
    machine.devices.map((device, index) => {
      const name = machine.deviceNames[index] ?? '';
      if (!device.save) throw new Error(`${name} cannot be saved`);
      return [name, device.save()];
    }),
  );
}

function restoreDevices(machine: Machine, state: StateValue): void {
  const fields = new StateFields('devices', state);
  for (const [index, device] of machine.devices.entries()) {
    const name = machine.deviceNames[index] ?? '';
    device.restore?.(fields.value(name));
  }
}

function timeOf(machine: Machine): string {
  return machine.clock.isVirtual ? 'virtual' : 'real';
}

/** The machine is paused. `extra` is what the caller adds. */
export function saveMachine(
  machine: Machine,
  extra: StateValue,
  memory: SavedPages = savePages(machine.memory),
): SnapshotContent {
  const state = { ...saveHardware(machine), memory: memory.state, extra };
  return { state, blocks: memory.blocks };
}

/** All but the memory. The machine is paused. */
export function saveHardware(machine: Machine): Record<string, StateValue> {
  return {
    layout: LAYOUT,
    ramBytes: machine.memory.size,
    time: timeOf(machine),
    clock: machine.clock.save(),
    harts: machine.harts.map(saveHart),
    devices: saveDevices(machine),
  };
}

/** What saveMachine's caller added. */
export function extraOf({ state }: SnapshotContent): StateValue {
  return new StateFields('machine', state).value('extra');
}

/**
 * What becomes of RAM: all of it is replaced; or it holds zeros, of a machine that was just made, and those pages are not touched; or
 * none is, where it was copied before, or only the code is to be run through.
 */
export type RestoredMemory = 'replaced' | 'fresh' | 'untouched';

/**
 * Into a machine that was made with the same options. Throws an Error that names what does not fit; the machine is lost then. It is
 * paused afterwards.
 */
export function restoreMachine(
  machine: Machine,
  content: SnapshotContent,
  ram: RestoredMemory = 'replaced',
): void {
  restoreHardware(machine, content.state, (fields) => {
    if (ram !== 'untouched')
      restorePages(machine.memory, fields.value('memory'), content.blocks, ram === 'fresh');
  });
}

/** As restoreMachine, of what saveHardware gave. `restoreRam`: makes RAM what it was, before what depends on it. */
export function restoreHardware(
  machine: Machine,
  state: StateValue,
  restoreRam: (fields: StateFields) => void = () => undefined,
): void {
  const fields = new StateFields('machine', state);
  if (fields.string('layout') !== LAYOUT) {
    throw new Error('the snapshot was written by a version whose harts have other registers');
  }
  fields.expect('ramBytes', machine.memory.size);
  fields.expect('time', timeOf(machine));
  const harts = fields.list('harts');
  if (harts.length !== machine.harts.length) {
    throw new Error(`the snapshot has ${harts.length} harts, the machine ${machine.harts.length}`);
  }
  machine.pause();
  machine.powerOffStatus = undefined;
  machine.wantsReboot = false;
  restoreRam(fields);
  for (const [id, hart] of machine.harts.entries()) restoreHart(hart, harts[id] ?? 0);
  machine.clock.restore(fields.number('clock'));
  restoreDevices(machine, fields.value('devices'));
  for (const [id, hart] of machine.harts.entries()) {
    const mip = new StateFields(`hart ${id}`, harts[id] ?? 0).index('mip', 2 ** 32 - 1);
    hart.state.setWord(HART.MIP, mip);
  }
  machine.blocksReplaced();
  machine.engine.invalidateAll();
}
