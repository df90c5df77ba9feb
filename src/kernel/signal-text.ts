/** siginfo_t as strace(1) shows it. */
import { errnoName } from '../abi/errno.ts';
import * as signals from '../abi/signal.ts';
import { syscallNames } from '../abi/syscall-names.ts';
import type { SignalInfo } from './pending-signals.ts';
import { address, hex, named, nameOf } from './syscall-format.ts';

/** clock_t of the user: a hundredth of a second. */
const NS_PER_TICK = 10_000_000;
const generalCode = nameOf(() => named(signals, 'SI_'));
/** Signals whose positive codes have a meaning of their own: sigaction(2). */
const CODES: ReadonlyMap<number, (code: number) => string | undefined> = new Map([
  [signals.SIGCHLD, nameOf(() => named(signals, 'CLD_'))],
  [signals.SIGSEGV, nameOf(() => named(signals, 'SEGV_'))],
  [signals.SIGBUS, nameOf(() => named(signals, 'BUS_'))],
  [signals.SIGILL, nameOf(() => named(signals, 'ILL_'))],
  [signals.SIGSYS, nameOf(() => named(signals, 'SYS_'))],
  [signals.SIGTRAP, nameOf(() => named(signals, 'TRAP_'))],
]);

function codeText(signal: number, code: number): string {
  const known = generalCode(code) ?? CODES.get(signal)?.(code);
  return known ?? hex(code >>> 0);
}

function ticks(ns: number): string {
  const count = Math.floor(ns / NS_PER_TICK);
  return count === 0 ? '0' : `${count} /* ${(count / 100).toFixed(2)} s */`;
}

/** sigval as the int and the pointer that it may be. */
function valueParts(value: bigint): string[] {
  return [
    `si_int=${Number(BigInt.asIntN(32, value))}`,
    `si_ptr=${value === 0n ? 'NULL' : `0x${BigInt.asUintN(64, value).toString(16)}`}`,
  ];
}

/** pid, uid and value as they lie in the union of siginfo_t, of which bytes 16 to 127 were given. */
function fromRaw(raw: Uint8Array): Required<Pick<SignalInfo, 'pid' | 'uid' | 'value'>> {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return {
    pid: view.getInt32(0, true),
    uid: view.getUint32(4, true),
    value: view.getBigUint64(8, true),
  };
}

function childParts(info: SignalInfo): string[] {
  const { pid = 0, uid = 0, status = 0, utimeNs = 0, stimeNs = 0 } = info;
  const cause = info.code === signals.CLD_EXITED ? String(status) : signals.signalName(status);
  return [
    `si_pid=${pid}`,
    `si_uid=${uid}`,
    `si_status=${cause}`,
    `si_utime=${ticks(utimeNs)}`,
    `si_stime=${ticks(stimeNs)}`,
  ];
}

function detailParts(signal: number, info: SignalInfo): string[] {
  const { code, timer } = info;
  if (signal === signals.SIGCHLD && code > 0 && code !== signals.SI_KERNEL) return childParts(info);
  if (info.call !== undefined)
    return [
      `si_call_addr=${address(info.address ?? 0)}`,
      `si_syscall=__NR_${syscallNames().get(info.call) ?? info.call}`,
      'si_arch=AUDIT_ARCH_RISCV64',
    ];
  if (info.address !== undefined) return [`si_addr=${address(info.address)}`];
  if (code === signals.SI_KERNEL) return [];
  if (code === signals.SI_TIMER) {
    const { id = info.pid ?? 0, overrun = info.uid ?? 0 } = timer ?? {};
    return [`si_timerid=${id}`, `si_overrun=${overrun}`, ...valueParts(info.value ?? 0n)];
  }
  const { pid = 0, uid = 0, value = 0n } = info.raw ? fromRaw(info.raw) : info;
  const hasValue = value !== 0n && code !== signals.SI_USER && code !== signals.SI_TKILL;
  return [`si_pid=${pid}`, `si_uid=${uid}`, ...(hasValue ? valueParts(value) : [])];
}

export function signalInfoText(signal: number, info: SignalInfo, errno = info.errno ?? 0): string {
  const parts = [
    `si_signo=${signals.signalName(signal)}`,
    `si_code=${codeText(signal, info.code)}`,
    ...(errno === 0 ? [] : [`si_errno=${errnoName(errno)}`]),
    ...detailParts(signal, info),
  ];
  return `{${parts.join(', ')}}`;
}
