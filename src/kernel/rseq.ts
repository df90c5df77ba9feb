/**
 * Restartable sequences: rseq(2). A thread's struct rseq tells it its hart, and a critical section that it names there is
 * aborted when it was preempted, moved to another hart, or given a signal within. Linux: kernel/rseq.c.
 *
 *   0  cpu_id_start   4  cpu_id   8  rseq_cs: address of {version, flags, start_ip, post_commit_offset, abort_ip}
 *   16 flags          20 node_id  24 end of what AT_RSEQ_FEATURE_SIZE promises; 32 bytes with padding
 */
import { KernelError } from '../abi/errno.ts';
import { SI_KERNEL, SIGSEGV } from '../abi/signal.ts';
import { getPc, setPc } from './arch/user-context.ts';
import type { Process } from './process.ts';
import { forceSignal } from './signal.ts';
import type { Task } from './task.ts';

export const RSEQ_FEATURE_BYTES = 24;
export const RSEQ_ALIGNMENT = 32;
const CPU_ID = 4;
const SECTION = 8;
const NODE_ID = 20;
/** Of cpu_id after unregistering. */
const CPU_ID_UNINITIALIZED = 0xffff_ffff;
/** The word before the abort handler. */
const SIGNATURE_BYTES = 4;

export class RseqArea {
  // immutable
  readonly address: number;
  readonly size: number;
  readonly signature: number;
  /** What was last written there; -1 nothing. */
  hart = -1;
  /** A critical section must not go on: looked at before the return to user mode. */
  isInterrupted = true;

  constructor(address: number, size: number, signature: number) {
    this.address = address;
    this.size = size;
    this.signature = signature;
  }
}

/** Before the thread goes back to user mode on `hart`. An area that cannot be written is the end of it. */
export function updateRseq(task: Task, area: RseqArea, hart: number): void {
  const isMoved = area.hart !== hart;
  if (!isMoved && !area.isInterrupted) return;
  area.isInterrupted = false;
  try {
    if (isMoved) {
      area.hart = hart;
      task.memory.writeU32(area.address, hart);
      task.memory.writeU32(area.address + CPU_ID, hart);
      task.memory.writeU32(area.address + NODE_ID, 0);
    }
    leaveSection(task, area);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    forceSignal(task, SIGSEGV, { code: SI_KERNEL });
  }
}

/** Abort the section that pc is in, and forget one that pc has left. */
function leaveSection(task: Task, area: RseqArea): void {
  const { memory, registers } = task;
  const section = memory.readU64(area.address + SECTION);
  if (section === 0) return;
  const version = memory.readU32(section);
  const start = memory.readU64(section + 8);
  const length = memory.readU64(section + 16);
  const abort = memory.readU64(section + 24);
  const pc = getPc(registers);
  const isInside = pc >= start && pc < start + length;
  const isBad =
    version !== 0 ||
    (abort >= start && abort < start + length) ||
    memory.readU32(abort - SIGNATURE_BYTES) !== area.signature;
  if (isBad) {
    forceSignal(task, SIGSEGV, { code: SI_KERNEL });
    return;
  }
  memory.writeU64(area.address + SECTION, 0);
  if (isInside) setPc(registers, abort);
}

/** The area is the thread's no more. Throws EFAULT. */
export function resetRseq(task: Task, { address }: RseqArea): void {
  task.memory.writeU32(address, 0);
  task.memory.writeU32(address + CPU_ID, CPU_ID_UNINITIALIZED);
  task.memory.writeU32(address + NODE_ID, 0);
}

/** The thread is preempted, or about to run a signal handler. */
export function interruptSequence(task: Task): void {
  const { rseq } = task;
  if (!rseq) return;
  rseq.isInterrupted = true;
  task.needsAttention = true;
}

/** MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ: of all threads, or of the one on a hart. */
export function restartSequences(process: Process, hart: number | undefined): void {
  for (const task of process.tasks.values()) {
    if (!task.rseq || (hart !== undefined && task.hart !== hart)) continue;
    interruptSequence(task);
    task.kernel.scheduler.interrupt(task);
  }
}
