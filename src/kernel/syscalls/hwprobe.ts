/** riscv_hwprobe(2): Documentation/arch/riscv/hwprobe.rst and arch/riscv/include/uapi/asm/hwprobe.h of Linux 6.12. */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { Processor } from '../processor.ts';
import type { Task } from '../task.ts';

const KEY = {
  MVENDORID: 0,
  MARCHID: 1,
  MIMPID: 2,
  BASE_BEHAVIOR: 3,
  IMA_EXT_0: 4,
  CPUPERF_0: 5,
  ZICBOZ_BLOCK_SIZE: 6,
  HIGHEST_VIRT_ADDRESS: 7,
  TIME_CSR_FREQ: 8,
  MISALIGNED_SCALAR_PERF: 9,
} as const;

/** Keys whose value is a set of bits: asking for some of them is enough. */
const BITMASKS: ReadonlySet<number> = new Set([KEY.BASE_BEHAVIOR, KEY.IMA_EXT_0, KEY.CPUPERF_0]);
const BASE_BEHAVIOR_IMA = 1;
const MISALIGNED_FAST = 3;
/** The user half of Sv39. */
const HIGHEST_ADDRESS = 2 ** 38;
/** Flag: which of the processors have these values. */
const WHICH_CPUS = 1;
const PAIR_BYTES = 16;

/** Bit numbers of IMA_EXT_0; bit 0 says F and D. */
const EXTENSION_BITS: Readonly<Record<string, number>> = {
  c: 1,
  v: 2,
  zba: 3,
  zbb: 4,
  zbs: 5,
  zicboz: 6,
  zbc: 7,
  zbkb: 8,
  zbkc: 9,
  zbkx: 10,
  zknd: 11,
  zkne: 12,
  zknh: 13,
  zksed: 14,
  zksh: 15,
  zkt: 16,
  zvbb: 17,
  zvbc: 18,
  zvkb: 19,
  zvkg: 20,
  zvkned: 21,
  zvknha: 22,
  zvknhb: 23,
  zvksed: 24,
  zvksh: 25,
  zvkt: 26,
  zfh: 27,
  zfhmin: 28,
  zihintntl: 29,
  zvfh: 30,
  zvfhmin: 31,
  zfa: 32,
  ztso: 33,
  zacas: 34,
  zicond: 35,
  zihintpause: 36,
  zve32x: 37,
  zve32f: 38,
  zve64x: 39,
  zve64f: 40,
  zve64d: 41,
  zimop: 42,
  zca: 43,
  zcb: 44,
  zcd: 45,
  zcf: 46,
  zcmop: 47,
  zawrs: 48,
};

/** Below 2^53, so that it is a number. */
function extensionBits({ extensions }: Processor): number {
  let bits = extensions.has('f') && extensions.has('d') ? 1 : 0;
  for (const extension of extensions) {
    const bit = EXTENSION_BITS[extension];
    if (bit !== undefined) bits += 2 ** bit;
  }
  return bits;
}

/** Value of a key; undefined for one that Linux 6.12 does not know. */
export function hwprobeValue(key: number, processor: Processor): number | undefined {
  switch (key) {
    case KEY.MVENDORID:
    case KEY.MARCHID:
    case KEY.MIMPID:
      return 0;
    case KEY.BASE_BEHAVIOR:
      return ['i', 'm', 'a'].every((name) => processor.extensions.has(name))
        ? BASE_BEHAVIOR_IMA
        : 0;
    case KEY.IMA_EXT_0:
      return extensionBits(processor);
    case KEY.CPUPERF_0:
    case KEY.MISALIGNED_SCALAR_PERF:
      return MISALIGNED_FAST;
    case KEY.ZICBOZ_BLOCK_SIZE:
      return processor.zeroBlockBytes;
    case KEY.HIGHEST_VIRT_ADDRESS:
      return HIGHEST_ADDRESS;
    case KEY.TIME_CSR_FREQ:
      return processor.timebaseHz;
    default:
      return undefined;
  }
}

/** The set has the bits that are asked for. Both below 2^53. */
function includes(value: number, wanted: number): boolean {
  const high = (number: number): number => Math.floor(number / 0x1_0000_0000);
  const lacks = (a: number, b: number): boolean => (b & ~a) !== 0;
  return wanted >= 0 && !lacks(value | 0, wanted | 0) && !lacks(high(value), high(wanted));
}

/** The processors of a user's mask that are there, as bytes; all if there is no mask. Throws EFAULT. */
function chosenCpus(task: Task, bytes: number, address: number): Uint8Array {
  const online = onlineCpus(task);
  if (bytes === 0 && address === 0) return online;
  const length = Math.min(bytes, online.length);
  const mask = task.memory.readBytes(address, length);
  return online.map((byte, index) => byte & (mask[index] ?? 0));
}

/** A bit for each hart, in 8 bytes. */
function onlineCpus({ kernel }: Task): Uint8Array {
  const mask = new Uint8Array(8);
  for (let hart = 0; hart < kernel.arch.harts; hart++) {
    mask[hart >> 3] = (mask[hart >> 3] ?? 0) | (1 << (hart & 7));
  }
  return mask;
}

const isEmpty = (mask: Uint8Array): boolean => mask.every((byte) => byte === 0);

/** Answers {key, value} pairs in place. Errors: EFAULT, EINVAL. */
export function riscvHwprobe(
  task: Task,
  pairs: number,
  count: number,
  maskBytes: number,
  mask: number,
  flags: number,
): number {
  if (flags === WHICH_CPUS) return findCpus(task, pairs, count, maskBytes, mask);
  if (flags !== 0) throw fail(EINVAL, 'flags');
  if (isEmpty(chosenCpus(task, maskBytes, mask))) throw fail(EINVAL, 'no processor of the mask');
  const { memory, kernel } = task;
  for (let i = 0; i < count; i++) {
    const at = pairs + PAIR_BYTES * i;
    const value = hwprobeValue(memory.readI64(at), kernel.processor);
    if (value === undefined) memory.writeU64(at, -1);
    memory.writeU64(at + 8, value ?? 0);
  }
  return 0;
}

/** Leaves in the mask those processors that have the values of all pairs: all of them or none. */
function findCpus(
  task: Task,
  pairs: number,
  count: number,
  maskBytes: number,
  mask: number,
): number {
  if (maskBytes === 0 || mask === 0) throw fail(EINVAL, 'no mask');
  const { memory, kernel } = task;
  const length = Math.min(maskBytes, onlineCpus(task).length);
  let cpus = chosenCpus(task, maskBytes, mask);
  if (isEmpty(memory.readBytes(mask, length))) cpus = onlineCpus(task);
  for (let i = 0; i < count; i++) {
    const at = pairs + PAIR_BYTES * i;
    const key = memory.readI64(at);
    const wanted = memory.readI64(at + 8);
    const value = hwprobeValue(key, kernel.processor);
    if (value === undefined) {
      memory.writeU64(at, -1);
      memory.writeU64(at + 8, 0);
    }
    const holds =
      value !== undefined && (BITMASKS.has(key) ? includes(value, wanted) : value === wanted);
    if (!holds) cpus = new Uint8Array(cpus.length);
  }
  memory.writeBytes(mask, cpus.subarray(0, length));
  return 0;
}
