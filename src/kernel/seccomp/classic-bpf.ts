/** Classic BPF as filters of system calls use it: its check and its interpreter. Linux: net/core/filter.c, kernel/seccomp.c. */
import * as bpf from '../../abi/bpf.ts';

/** Two words an instruction, as struct sock_filter: code, jt, jf from bit 0, 16, 24 of the first; k. */
export type BpfProgram = Uint32Array;

const CLASS = 0x07;
const MODE = 0xe0;
const OPERATION = 0xf0;

const ARITHMETIC = [
  bpf.BPF_ADD,
  bpf.BPF_SUB,
  bpf.BPF_MUL,
  bpf.BPF_DIV,
  bpf.BPF_OR,
  bpf.BPF_AND,
  bpf.BPF_LSH,
  bpf.BPF_RSH,
  bpf.BPF_XOR,
];
const COMPARISONS = [bpf.BPF_JEQ, bpf.BPF_JGT, bpf.BPF_JGE, bpf.BPF_JSET];
/** What Linux takes in a filter of system calls; of packets there is more (bytes, indirect loads, the remainder). */
const CODES = new Set([
  bpf.BPF_LD | bpf.BPF_ABS,
  ...[bpf.BPF_IMM, bpf.BPF_MEM, bpf.BPF_LEN].flatMap((mode) => [
    bpf.BPF_LD | mode,
    bpf.BPF_LDX | mode,
  ]),
  bpf.BPF_ST,
  bpf.BPF_STX,
  ...ARITHMETIC.flatMap((operation) => withX(bpf.BPF_ALU | operation)),
  bpf.BPF_ALU | bpf.BPF_NEG,
  bpf.BPF_JMP | bpf.BPF_JA,
  ...COMPARISONS.flatMap((operation) => withX(bpf.BPF_JMP | operation)),
  bpf.BPF_RET,
  bpf.BPF_RET | bpf.BPF_A,
  bpf.BPF_MISC | bpf.BPF_TAX,
  bpf.BPF_MISC | bpf.BPF_TXA,
]);

function withX(code: number): [number, number] {
  return [code, code | bpf.BPF_X];
}

/**
 * Whether the program may run on data of `bytes` bytes: known instructions, jumps forward and inside, loads inside and aligned, no
 * division by a constant zero, scratch words written before they are read on each way, and a return at the end.
 */
export function isValidProgram(program: BpfProgram, bytes: number): boolean {
  const count = program.length / 2;
  for (let pc = 0; pc < count; pc++) if (!isValidInstruction(program, pc, bytes)) return false;
  const last = (program[2 * count - 2] as number) & 0xffff;
  return (last & CLASS) === bpf.BPF_RET && readsWhatWasWritten(program);
}

function isValidInstruction(program: BpfProgram, pc: number, bytes: number): boolean {
  const head = program[2 * pc] as number;
  const k = program[2 * pc + 1] as number;
  const code = head & 0xffff;
  if (!CODES.has(code)) return false;
  const rest = program.length / 2 - pc - 1;
  switch (code & CLASS) {
    case bpf.BPF_LD:
    case bpf.BPF_LDX:
      if ((code & MODE) === bpf.BPF_ABS) return k < bytes && (k & 3) === 0;
      return (code & MODE) !== bpf.BPF_MEM || k < bpf.BPF_MEMWORDS;
    case bpf.BPF_ST:
    case bpf.BPF_STX:
      return k < bpf.BPF_MEMWORDS;
    case bpf.BPF_ALU:
      if ((code & bpf.BPF_X) !== 0) return true;
      if ((code & OPERATION) === bpf.BPF_DIV) return k !== 0;
      return !isShift(code) || k < 32;
    case bpf.BPF_JMP:
      if ((code & OPERATION) === bpf.BPF_JA) return k < rest;
      return ((head >>> 16) & 0xff) < rest && head >>> 24 < rest;
    default:
      return true;
  }
}

function isShift(code: number): boolean {
  const operation = code & OPERATION;
  return operation === bpf.BPF_LSH || operation === bpf.BPF_RSH;
}

/** Jumps go forward only, so one pass knows for each instruction which scratch words every way to it has written. */
function readsWhatWasWritten(program: BpfProgram): boolean {
  const count = program.length / 2;
  const written = new Uint16Array(count).fill(0xffff);
  let now = 0;
  for (let pc = 0; pc < count; pc++) {
    const head = program[2 * pc] as number;
    const k = program[2 * pc + 1] as number;
    const code = head & 0xffff;
    const target = (distance: number) => {
      const at = pc + 1 + distance;
      written[at] = (written[at] as number) & now;
    };
    now &= written[pc] as number;
    switch (code & CLASS) {
      case bpf.BPF_ST:
      case bpf.BPF_STX:
        now |= 1 << k;
        break;
      case bpf.BPF_LD:
      case bpf.BPF_LDX:
        if ((code & MODE) === bpf.BPF_MEM && (now & (1 << k)) === 0) return false;
        break;
      case bpf.BPF_JMP:
        if ((code & OPERATION) === bpf.BPF_JA) target(k);
        else {
          target((head >>> 16) & 0xff);
          target(head >>> 24);
        }
        now = 0xffff;
    }
  }
  return true;
}

/** Nothing reads a word of it that the same run has not written. */
const scratch = new Uint32Array(bpf.BPF_MEMWORDS);

/** Run a valid program; `data` as words. What it returns, unsigned. */
export function runProgram(program: BpfProgram, data: Uint32Array): number {
  let a = 0;
  let x = 0;
  for (let at = 0; ; at += 2) {
    const head = program[at] as number;
    const k = program[at + 1] as number;
    const operand = (head & bpf.BPF_X) === 0 ? k : x;
    switch (head & CLASS) {
      case bpf.BPF_LD:
        a = load(head & MODE, k, data);
        break;
      case bpf.BPF_LDX:
        x = load(head & MODE, k, data);
        break;
      case bpf.BPF_ST:
        scratch[k] = a;
        break;
      case bpf.BPF_STX:
        scratch[k] = x;
        break;
      case bpf.BPF_ALU:
        // A division by an X of zero ends the program with 0.
        if ((head & OPERATION) === bpf.BPF_DIV && operand === 0) return 0;
        a = calculate(head & OPERATION, a, operand);
        break;
      case bpf.BPF_JMP:
        if ((head & OPERATION) === bpf.BPF_JA) at += 2 * k;
        else at += 2 * (isTaken(head & OPERATION, a, operand) ? (head >>> 16) & 0xff : head >>> 24);
        break;
      case bpf.BPF_RET:
        return (head & bpf.BPF_A) === 0 ? k : a;
      default:
        if ((head & bpf.BPF_TXA) === 0) x = a;
        else a = x;
    }
  }
}

function load(mode: number, k: number, data: Uint32Array): number {
  switch (mode) {
    case bpf.BPF_ABS:
      return data[k >>> 2] as number;
    case bpf.BPF_MEM:
      return scratch[k] as number;
    case bpf.BPF_LEN:
      return data.byteLength;
    default:
      return k;
  }
}

/** Of 32 bits, unsigned. */
function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case bpf.BPF_ADD:
      return (a + operand) >>> 0;
    case bpf.BPF_SUB:
      return (a - operand) >>> 0;
    case bpf.BPF_MUL:
      return Math.imul(a, operand) >>> 0;
    case bpf.BPF_DIV:
      return Math.floor(a / operand);
    case bpf.BPF_OR:
      return (a | operand) >>> 0;
    case bpf.BPF_AND:
      return (a & operand) >>> 0;
    case bpf.BPF_LSH:
      return (a << operand) >>> 0;
    case bpf.BPF_RSH:
      return a >>> operand;
    case bpf.BPF_NEG:
      return -a >>> 0;
    default:
      return (a ^ operand) >>> 0;
  }
}

function isTaken(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case bpf.BPF_JEQ:
      return a === operand;
    case bpf.BPF_JGT:
      return a > operand;
    case bpf.BPF_JGE:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
