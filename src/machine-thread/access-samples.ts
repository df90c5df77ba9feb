/**
 * How many instructions access memory, for --stats: where a slice's budget is spent, the next instruction is looked at. That may be any
 * one, for slices end at pseudo-random instructions. To count accesses would cost each of them; this costs a look a millisecond.
 */
import { decodeAt } from '../isa/decode.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { HART } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';

const TWO_32 = 2 ** 32;
const HALFWORD = 2;
const PAGE_BYTES = 4096;
/** Major opcodes (unprivileged spec, "RV32/64G Instruction Set Listings") of what loads and stores. */
const OPCODE_MASK = 0x7f;
const LOAD = 0x03;
const LOAD_FP = 0x07;
const STORE = 0x23;
const STORE_FP = 0x27;
const AMO = 0x2f;
const ACCESSES: ReadonlySet<number> = new Set([LOAD, LOAD_FP, STORE, STORE_FP, AMO]);

export class AccessSamples {
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private looks = 0;
  private accesses = 0;

  constructor(machine: Machine, kernel: Kernel) {
    this.machine = machine;
    this.kernel = kernel;
  }

  /** At the pc of the hart whose block is at `block`, which is in user mode. */
  look(block: number): void {
    const word = this.instructionAt(block);
    if (word === undefined) return;
    this.looks++;
    if (ACCESSES.has(word & OPCODE_MASK)) this.accesses++;
  }

  /** Nothing before the first look. */
  measured(): Record<string, number> {
    if (this.looks === 0) return {};
    const { machine } = this;
    const accesses = Math.round((machine.retired() * this.accesses) / this.looks);
    return {
      tlbAccessesEstimated: accesses,
      tlbHitsEstimated: Math.max(0, accesses - machine.pageWalks),
      tlbSamples: this.looks,
    };
  }

  /** The word, expanded if it is compressed; undefined where its page is not present, or it ends in another. */
  private instructionAt(block: number): number | undefined {
    const { machine, kernel } = this;
    const hart = machine.harts.find(({ state }) => state.block === block);
    const space = hart && kernel.scheduler.running[hart.state.id]?.process.addressSpace;
    if (!space) return undefined;
    const { memory } = machine;
    const at = (block + HART.PC) >>> 2;
    const pc = (memory.words[at] as number) + (memory.words[at + 1] as number) * TWO_32;
    const physical = space.pageTable.lookup(pc, false);
    if (physical < 0 || physical % PAGE_BYTES > PAGE_BYTES - 2 * HALFWORD) return undefined;
    const host = memory.codeAt(physical);
    if (host < 0) return undefined;
    const halfword = (offset: number): number => memory.codeHalfword(host + offset);
    return decodeAt(halfword(0), halfword(HALFWORD))?.word;
  }
}
