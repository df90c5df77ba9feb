/** The vDSO: a page with an ELF image that the kernel maps into every process. vdso(7), RISC-V functions. */
import type { Timestamp } from '../../fs/inode.ts';
import { buildSharedObject } from './vdso-elf.ts';

const PAGE_BYTES = 4096;
const CODE = 0x800;
/** What the clock code reads: three 64-bit words. */
const DATA = CODE + 0x80;
const NS_PER_SECOND = 1_000_000_000;

/** Offset of the trampoline that signal handlers return to. */
export const VDSO_SIGRETURN = CODE + 0x74;

/** Assembled with GNU as, without compressed instructions. */
const TEXT: readonly number[] = [
  // __vdso_clock_gettime(a0 clock, a1 timespec): CLOCK_REALTIME and CLOCK_MONOTONIC here, the others by the kernel
  0x00100293, // li     t0, 1
  0x04a2e063, // bltu   t0, a0, call
  0x00000317, // auipc  t1, 0
  0x07830313, // addi   t1, t1, DATA - .
  0xc01023f3, // rdtime t2
  0x00033e03, // ld     t3, 0(t1)        ns per tick
  0x03c383b3, // mul    t2, t2, t3       ns since boot
  0x00051663, // bnez   a0, split
  0x00833e03, // ld     t3, 8(t1)        ns from 1970 to boot
  0x01c383b3, // add    t2, t2, t3
  0x01033e03, // split: ld t3, 16(t1)    10^9
  0x03c3deb3, // divu   t4, t2, t3
  0x03c3ff33, // remu   t5, t2, t3
  0x01d5b023, // sd     t4, 0(a1)
  0x01e5b423, // sd     t5, 8(a1)
  0x00000513, // li     a0, 0
  0x00008067, // ret
  0x07100893, // call: li a7, 113        clock_gettime
  0x00000073, // ecall
  0x00008067, // ret
  // __vdso_gettimeofday
  0x0a900893, // li     a7, 169
  0x00000073, // ecall
  0x00008067, // ret
  // __vdso_getcpu
  0x0a800893, // li     a7, 168
  0x00000073, // ecall
  0x00008067, // ret
  // __vdso_flush_icache
  0x10300893, // li     a7, 259
  0x00000073, // ecall
  0x00008067, // ret
  // __vdso_rt_sigreturn
  0x08b00893, // li     a7, 139
  0x00000073, // ecall
];

const SYMBOLS = [
  { name: '__vdso_clock_gettime', value: CODE, size: 0x50 },
  { name: '__vdso_gettimeofday', value: CODE + 0x50, size: 12 },
  { name: '__vdso_getcpu', value: CODE + 0x5c, size: 12 },
  { name: '__vdso_flush_icache', value: CODE + 0x68, size: 12 },
  { name: '__vdso_rt_sigreturn', value: VDSO_SIGRETURN, size: 8 },
];

/** Fill the page. A tick that is no whole number of nanoseconds leaves the clock to the system call. */
export function buildVdso(page: Uint8Array, timebaseHz: number): void {
  const hasClock = NS_PER_SECOND % timebaseHz === 0;
  page.set(buildSharedObject(hasClock ? SYMBOLS : SYMBOLS.slice(1), PAGE_BYTES));
  const view = new DataView(page.buffer, page.byteOffset, PAGE_BYTES);
  TEXT.forEach((word, i) => {
    view.setUint32(CODE + 4 * i, word, true);
  });
  view.setUint32(DATA, Math.floor(NS_PER_SECOND / timebaseHz), true);
  view.setUint32(DATA + 16, NS_PER_SECOND, true);
}

/** The wall clock was set: what it showed at boot. */
export function setVdsoClock(page: Uint8Array, boot: Timestamp): void {
  const view = new DataView(page.buffer, page.byteOffset, PAGE_BYTES);
  const ns = BigInt(boot.seconds) * BigInt(NS_PER_SECOND) + BigInt(Math.floor(boot.nanoseconds));
  view.setBigUint64(DATA + 8, BigInt.asUintN(64, ns), true);
}
