/** The page of code that the kernel lends to every process: the return from signal handlers. vdso(7). */

/** Offset of the trampoline that handlers return to. */
export const VDSO_SIGRETURN = 0x800;

/** The page's bytes. */
export function buildVdso(): Uint8Array {
  const page = new Uint8Array(4096);
  const code = new DataView(page.buffer);
  code.setUint32(VDSO_SIGRETURN, 0x08b00893, true); // addi a7, x0, 139     rt_sigreturn
  code.setUint32(VDSO_SIGRETURN + 4, 0x00000073, true); // ecall
  return page;
}
