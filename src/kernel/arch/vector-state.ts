/**
 * Vector registers of tasks: struct __riscv_v_ext_state in Linux's terms. A task has none until its first vector instruction;
 * a child begins without. Where the machine has no V, nothing here does anything.
 */
import { VECTOR_CONTEXT } from '../../platform/platform.ts';
import type { Task } from '../task.ts';

/** The state now, in VECTOR_CONTEXT layout: a copy if the task is on a hart. Undefined while it has none. */
export function vectorStateOf(task: Task): Uint32Array | undefined {
  const { vector } = task.kernel.arch.platform;
  if (vector === undefined || task.hart === undefined) return task.vector;
  const state = new Uint32Array(VECTOR_CONTEXT.WORDS);
  return vector.save(task.hart, state) ? state : undefined;
}

/** Ready for the next task that has used vectors for the first time. */
let spare = new Uint32Array(VECTOR_CONTEXT.WORDS);

/** The task leaves a hart: keep what the hart has of it. */
export function saveVectorState(task: Task, hart: number): void {
  const { vector } = task.kernel.arch.platform;
  if (vector === undefined) return;
  const to = task.vector ?? spare;
  const isUsed = vector.save(hart, to);
  if (isUsed && to === spare) spare = new Uint32Array(VECTOR_CONTEXT.WORDS);
  task.vector = isUsed ? to : undefined;
}

/** Undefined: as after exec. */
export function setVectorState(task: Task, state: Uint32Array | undefined): void {
  task.vector = state;
  if (task.hart !== undefined) task.kernel.arch.platform.vector?.restore(task.hart, state);
}

/**
 * In the signal frame, behind the floating-point registers (arch/riscv/kernel/signal.c, save_v_state): in their union's last
 * 8 bytes {magic, size}; then vstart, vl, vtype, vcsr, vlenb, the address of what follows, v0 to v31; {0, 0}.
 */
export const VECTOR_FRAME = {
  MAGIC: 0x5346_5457,
  /** Of the header and the state. */
  SIZE: 8 + 48 + 512,
  /** Behind the frame without vectors: the state, and the header that ends it. */
  BYTES: 576,
  REGISTERS: 48,
} as const;

const VLENB = 16;

/** `address` is where it will lie in user memory. */
export function encodeVectorFrame(state: Uint32Array, address: number): Uint8Array {
  const words = new Uint32Array(VECTOR_FRAME.BYTES / 4);
  const { V, VL, VTYPE, VSTART, VCSR } = VECTOR_CONTEXT;
  words.set(state.subarray(VSTART, VSTART + 2), 0);
  words.set(state.subarray(VL, VL + 2), 2);
  words.set(state.subarray(VTYPE, VTYPE + 2), 4);
  words[6] = state[VCSR] as number;
  words[8] = VLENB;
  const registers = address + VECTOR_FRAME.REGISTERS;
  words[10] = registers;
  words[11] = Math.floor(registers / 0x1_0000_0000);
  words.set(state.subarray(V, V + 128), VECTOR_FRAME.REGISTERS / 4);
  return new Uint8Array(words.buffer);
}

/** What is not possible in it is made so when it is loaded (VectorPlatform.restore). */
export function decodeVectorFrame(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, VECTOR_FRAME.BYTES / 4);
  const state = new Uint32Array(VECTOR_CONTEXT.WORDS);
  const { V, VL, VTYPE, VSTART, VCSR } = VECTOR_CONTEXT;
  state.set(words.subarray(0, 2), VSTART);
  state.set(words.subarray(2, 4), VL);
  state.set(words.subarray(4, 6), VTYPE);
  state[VCSR] = words[6] as number;
  const first = VECTOR_FRAME.REGISTERS / 4;
  state.set(words.subarray(first, first + 128), V);
  return state;
}
