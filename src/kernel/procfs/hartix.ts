/** Files of Hartix's own: the translator, the TLBs, traps, and the system calls that are there. */
import { syscallNames } from '../../abi/syscall-names.ts';
import { causeText } from '../arch/trap-names.ts';
import type { Kernel } from '../kernel.ts';

/** Counters of the machine that are about address translation. */
const TRANSLATION = /tlb|walk|asid/i;

function lines(entries: readonly (readonly [string, number])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length)) + 2;
  return entries.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`).join('');
}

function statistics(kernel: Kernel): [string, number][] {
  return Object.entries(kernel.arch.platform.statistics());
}

export function showJit(kernel: Kernel): string {
  return lines(statistics(kernel).filter(([name]) => !TRANSLATION.test(name)));
}

export function showTlbstat(kernel: Kernel): string {
  const { tlb, shootdowns } = kernel.arch;
  const counted = statistics(kernel).filter(([name]) => TRANSLATION.test(name));
  const shot = shootdowns.reduce((sum, count) => sum + count, 0);
  return lines([...counted, ...Object.entries(tlb), ['shootdowns', shot]]);
}

/** Traps from user mode, and interrupts, since boot: a row per cause of scause, a column per hart. */
export function showTrapstat({ traps }: Kernel): string {
  const exceptions = traps.causes(false);
  const interrupts = traps.causes(true);
  const rows = [
    ...exceptions.map((cause) => [causeText(cause, false), traps.exceptionsOf(cause)] as const),
    ...interrupts.map((cause) => [causeText(cause, true), traps.interruptsOf(cause)] as const),
  ];
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
  const head = Array.from({ length: traps.harts }, (_, hart) => `CPU${hart}`.padStart(11)).join('');
  const body = rows.map(([name, counts]) => {
    const columns = Array.from(counts, (count) => String(count).padStart(11)).join('');
    return `${`${name}:`.padEnd(width)}${columns}\n`;
  });
  return `${' '.repeat(width)}${head}\n${body.join('')}`;
}

/** Number, name, times called, support, of every call of the ABI. Absent ones give ENOSYS. */
export function showSyscalls({ syscalls, syscallCounts }: Kernel): string {
  const rows = new Map(syscalls.map((row) => [row.number, row]));
  const body = Array.from(syscallNames(), ([number, name]) => {
    const row = rows.get(number);
    const count = String(syscallCounts[number] ?? 0).padStart(10);
    const missing = row?.missing === undefined ? 'full' : `partial: ${row.missing}`;
    const support = row ? missing : 'absent';
    return `${String(number).padStart(3)} ${name.padEnd(24)}${count} ${support}\n`;
  });
  return ` nr name${' '.repeat(24)}calls support\n${body.join('')}`;
}
