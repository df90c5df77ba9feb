/** Lines about calls that a filter has judged, as the kernel logs them while nobody else takes them. Linux: audit_seccomp(). */
import { AUDIT_ARCH_RISCV64, AUDIT_SECCOMP } from '../../abi/seccomp.ts';
import { pathOf } from '../../fs/path.ts';
import { getPc } from '../arch/user-context.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { ACTIONS } from './filter.ts';

const ECALL_BYTES = 4;
const NOTICE = 5;
/** Of a login that was never told: auid and ses. */
const UNSET = 0xffff_ffff;

/** Whether kernel.seccomp.actions_logged has the action; unknown ones are kill_process. */
export function isLogged({ seccomp }: Kernel, action: number): boolean {
  const known = [...ACTIONS].find(([, value]) => value === action);
  return seccomp.logged.includes(known?.[0] ?? 'kill_process');
}

/** What the guest named is quoted, or in hexadecimal digits if it could be taken for something else. */
function untrusted(text: string): string {
  const bytes = Array.from(text, (char) => char.charCodeAt(0));
  if (bytes.every((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x22)) return `"${text}"`;
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** `signal`: what it dies of, 0 if it goes on. */
export function auditCall(task: Task, signal: number, action: number): void {
  const { kernel, process, credentials, registers, call } = task;
  const { seconds, nanoseconds } = kernel.clock.realtime();
  const milliseconds = String(Math.floor(nanoseconds / 1e6)).padStart(3, '0');
  const { executable } = process;
  const fields = [
    `auid=${UNSET} uid=${credentials.ruid} gid=${credentials.rgid} ses=${UNSET}`,
    `pid=${process.pid} comm=${untrusted(task.name)}`,
    `exe=${executable ? untrusted(pathOf(executable, task.root)) : '(null)'}`,
    `sig=${signal} arch=${AUDIT_ARCH_RISCV64.toString(16)} syscall=${call.number} compat=0`,
    `ip=0x${(getPc(registers) + ECALL_BYTES).toString(16)} code=0x${action.toString(16)}`,
  ];
  const serial = kernel.seccomp.auditSerial++;
  const head = `audit: type=${AUDIT_SECCOMP} audit(${seconds}.${milliseconds}:${serial})`;
  kernel.printk(`${head}: ${fields.join(' ')}`, NOTICE);
}
