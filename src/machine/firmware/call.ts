/** One environment call from S-mode: its arguments in a0 to a5, its answer in a0 and a1 (SBI 2.0, chapter 3). */
import type { BusPort } from '../bus.ts';
import type { HartFabric } from '../fabric.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import type { PhysicalMemory } from '../memory.ts';
import type { Mmu } from '../mmu.ts';
import type { SbiError } from './sbi.ts';

/** What firmware drives. Of other harts it reaches only what the fabric gives, so that it runs in any hart's thread. */
export interface FirmwareBoard {
  readonly memory: PhysicalMemory;
  readonly mmu: Mmu;
  readonly fabric: HartFabric;
  readonly bus: Pick<BusPort, 'read' | 'write'>;
}

const TWO_32 = 0x1_0000_0000;
const A0 = HART.X + 10 * 8;

export class SbiCall {
  readonly hart: Hart;
  readonly board: FirmwareBoard;
  /** The answer's value; zero unless a function gives one. */
  private valueLow = 0;
  private valueHigh = 0;

  constructor(hart: Hart, board: FirmwareBoard) {
    this.hart = hart;
    this.board = board;
  }

  /** Lower word of argument a<index>. */
  low(index: number): number {
    return this.hart.state.word(A0 + 8 * index);
  }

  high(index: number): number {
    return this.hart.state.word(A0 + 8 * index + 4);
  }

  /** Argument a<index> as a number; rounded above 2^53, where no address or size of this machine lies. */
  number(index: number): number {
    return this.high(index) * TWO_32 + this.low(index);
  }

  /** Whether argument a<index> is -1. */
  isAll(index: number): boolean {
    return this.low(index) === 0xffff_ffff && this.high(index) === 0xffff_ffff;
  }

  /** Set the value of the answer: 64 bits, or an unsigned number below 2^53. */
  give(low: number, high = Math.floor(low / TWO_32)): void {
    this.valueLow = low;
    this.valueHigh = high;
  }

  /** Store error and value in a0 and a1. */
  answer(error: SbiError): void {
    const { state } = this.hart;
    state.setWord(A0, error);
    state.setWord(A0 + 4, error >> 31);
    state.setWord(A0 + 8, this.valueLow);
    state.setWord(A0 + 12, this.valueHigh);
  }

  /** Legacy calls have no a1: only a0 changes. */
  answerLegacy(value: number): void {
    this.hart.state.setWord(A0, value);
    this.hart.state.setWord(A0 + 4, value >> 31);
  }
}

/** The functions of one extension. */
export interface SbiExtension {
  readonly id: number;
  /** Perform function `functionId`; NOT_SUPPORTED for those that do not exist. */
  call(call: SbiCall, functionId: number): SbiError;
}
