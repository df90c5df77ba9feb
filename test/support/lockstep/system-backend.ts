/** Random programs under the harness, on the whole machine and on QEMU's: in U-mode under Sv39, with every trap logged. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CAUSE } from '../../../src/isa/trap.ts';
import { createEngine, type Translation } from '../../../src/jit/engine.ts';
import { Machine } from '../../../src/machine/machine.ts';
import { assemble, loadElf } from '../bare-machine/bare-machine.ts';
import { interpreterModule } from '../engine-backend.ts';
import { elfOf, type IsaProgram } from '../isa-program.ts';
import { hasQemu, qemuModel } from '../qemu-user.ts';

const RAM = 0x8000_0000;
const MIB = 1024 * 1024;
const QEMU = 'qemu-system-riscv64';
const QEMU_TIMEOUT_MS = 60_000;
/** More than the longest program needs. */
const MAX_SLICES = 1_000_000;

/** What a program wrote, and the harness's log of traps behind it. */
export interface SystemRun {
  readonly written: Uint8Array;
  readonly traps: Uint8Array;
  /** Instructions retired, the harness's included; undefined on QEMU. */
  readonly retired?: number;
}

export interface TierOptions {
  readonly translation: Translation;
  readonly heatThreshold?: number;
  /** Instructions a slice. */
  readonly budget?: number;
}

let harness: Uint8Array | undefined;

function harnessElf(): Uint8Array {
  harness ??= assemble('../lockstep/harness.S', RAM);
  return harness;
}

function split(program: IsaProgram, output: Uint8Array): SystemRun {
  const length = Math.max(...program.fields.map((field) => field.offset + field.length));
  return { written: output.subarray(0, length), traps: output.subarray(length) };
}

/** Throws where the program does not end. */
export function runOnMachine(program: IsaProgram, options: TierOptions): SystemRun {
  const pieces: Uint8Array[] = [];
  const { budget = 50_000, heatThreshold = 1, translation } = options;
  const machine = new Machine({
    ramBytes: 32 * MIB,
    harts: 1,
    isDeterministic: true,
    tracksCode: true,
    wallClockNs: () => 0,
    uartSource: { read: () => 0 },
    uartSink: {
      write: (bytes) => {
        pieces.push(bytes.slice());
        return bytes.length;
      },
    },
    virtio: [],
    bootArguments: '',
    createEngine: (memory, calls) =>
      createEngine({
        memory,
        calls,
        interpreter: interpreterModule(),
        translation,
        heatThreshold,
        spread: 0,
      }),
  });
  loadElf(machine.memory, harnessElf());
  machine.memory.dmaWrite(program.base, program.image.length)?.set(program.image);
  const [hart] = machine.harts;
  for (let slices = 0; hart && machine.powerOffStatus === undefined; slices++) {
    if (slices > MAX_SLICES) throw new Error('the program does not end');
    machine.runSlice(hart, budget);
    machine.poll();
  }
  return { ...split(program, Buffer.concat(pieces)), retired: machine.retired() };
}

/** Whether both QEMUs are there: the one for processes says which extensions they have. */
export function hasQemuSystem(): boolean {
  if (!hasQemu()) return false;
  const found = spawnSync(QEMU, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${QEMU} is absent (Debian: qemu-system-misc)`);
  return found;
}

/** The same on QEMU's board. */
export function runOnQemuSystem(program: IsaProgram): SystemRun {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('harness'), harnessElf());
    writeFileSync(at('program'), elfOf(program));
    const options =
      `-M virt -cpu ${qemuModel()} -m 32 -bios none -display none -monitor none -serial`.split(' ');
    const load = (name: string): string[] => ['-device', `loader,file=${at(name)}`];
    const { status, stderr } = spawnSync(
      QEMU,
      [...options, `file:${at('output')}`, ...load('program'), '-kernel', at('harness')],
      { timeout: QEMU_TIMEOUT_MS },
    );
    if (status !== 0) throw new Error(`${QEMU}: status ${status}: ${stderr}`);
    return split(program, readFileSync(at('output')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TRAP_BYTES = 24;
const AMO_OPCODE = 0x2f;
const LR_FUNCT5 = 0x02;

/**
 * A log as the specification has it where QEMU 7.2 differs from it, or it leaves a choice: an AMO never raises a load's
 * exception (privileged spec, table 14), and a breakpoint's tval may be 0 ("mtval").
 */
function settled(program: IsaProgram, log: Uint8Array): DataView {
  const view = new DataView(Uint8Array.from(log).buffer);
  const image = new DataView(program.image.buffer, program.image.byteOffset);
  for (let at = 0; at + TRAP_BYTES <= log.length; at += TRAP_BYTES) {
    const cause = view.getUint32(at, true);
    if (cause === CAUSE.BREAKPOINT) view.setBigUint64(at + 16, 0n, true);
    const storeCause = STORE_CAUSES.get(cause);
    const offset = Number(view.getBigUint64(at + 8, true)) - program.base;
    if (storeCause === undefined || offset < 0 || offset >= program.image.length) continue;
    const word = image.getUint32(offset, true);
    const isAmo = (word & 0x7f) === AMO_OPCODE && word >>> 27 !== LR_FUNCT5;
    if (isAmo) view.setUint32(at, storeCause, true);
  }
  return view;
}

const STORE_CAUSES: ReadonlyMap<number, number> = new Map([
  [CAUSE.LOAD_MISALIGNED, CAUSE.STORE_MISALIGNED],
  [CAUSE.LOAD_ACCESS_FAULT, CAUSE.STORE_ACCESS_FAULT],
  [CAUSE.LOAD_PAGE_FAULT, CAUSE.STORE_PAGE_FAULT],
]);

/** The first difference of two logs of traps in words; undefined if there is none. */
export function trapDifference(
  program: IsaProgram,
  expected: Uint8Array,
  actual: Uint8Array,
): string | undefined {
  const [wanted, found] = [settled(program, expected), settled(program, actual)];
  const text = (log: DataView, at: number): string => {
    if (at + TRAP_BYTES > log.byteLength) return 'none';
    const [cause, pc, value] = [0, 8, 16].map((k) => log.getBigUint64(at + k, true).toString(16));
    return `cause ${cause} at ${pc}, value ${value}`;
  };
  for (let at = 0; at < wanted.byteLength || at < found.byteLength; at += TRAP_BYTES) {
    const [theirs, ours] = [text(wanted, at), text(found, at)];
    if (theirs !== ours) return `trap ${at / TRAP_BYTES}: ${ours}, expected ${theirs}`;
  }
  return undefined;
}
