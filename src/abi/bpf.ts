/** Classic BPF: linux/bpf_common.h, linux/filter.h. An instruction is a code of 16 bits, two distances of jumps (jt, jf) and k. */
import { layout } from '../lib/layout.ts';

/** Bits 0 to 2 of the code. */
export const BPF_LD = 0;
export const BPF_LDX = 1;
export const BPF_ST = 2;
export const BPF_STX = 3;
export const BPF_ALU = 4;
export const BPF_JMP = 5;
export const BPF_RET = 6;
export const BPF_MISC = 7;

/** Of loads, bits 5 to 7: where from. The width of all but those of packets is BPF_W, 0. */
export const BPF_IMM = 0x00;
export const BPF_ABS = 0x20;
export const BPF_MEM = 0x60;
export const BPF_LEN = 0x80;

/** Of arithmetic, bits 4 to 7. */
export const BPF_ADD = 0x00;
export const BPF_SUB = 0x10;
export const BPF_MUL = 0x20;
export const BPF_DIV = 0x30;
export const BPF_OR = 0x40;
export const BPF_AND = 0x50;
export const BPF_LSH = 0x60;
export const BPF_RSH = 0x70;
export const BPF_NEG = 0x80;
export const BPF_XOR = 0xa0;

/** Of jumps, bits 4 to 7. */
export const BPF_JA = 0x00;
export const BPF_JEQ = 0x10;
export const BPF_JGT = 0x20;
export const BPF_JGE = 0x30;
export const BPF_JSET = 0x40;

/** The other operand is the register X, not k. */
export const BPF_X = 0x08;
/** What is returned is the register A, not k. */
export const BPF_A = 0x10;

export const BPF_TAX = 0x00;
export const BPF_TXA = 0x80;

export const BPF_MAXINSNS = 4096;
/** Words of scratch memory. */
export const BPF_MEMWORDS = 16;

/** struct sock_filter. */
export const SOCK_FILTER_BYTES = 8;
export const SockFprog = layout({ len: 'u16', filter: 'u64' });
