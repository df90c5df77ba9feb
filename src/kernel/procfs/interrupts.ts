/** /proc/interrupts: the interrupt controller of the harts, and the lines of the PLIC. */
import { TIMER_INTERRUPT } from '../arch/trap-names.ts';
import type { Kernel } from '../kernel.ts';

function row(label: string, counts: Iterable<number>, rest: string): string {
  const columns = Array.from(counts, (count) => String(count).padStart(10)).join(' ');
  return `${label.padStart(4)}: ${columns}  ${rest}\n`;
}

/** A column per hart: how often it took the interrupt. */
export function showInterrupts({ hardware, arch, traps }: Kernel): string {
  const harts = Array.from({ length: arch.harts }, (_, hart) => `CPU${hart}`.padEnd(11));
  let text = `           ${harts.join('')}\n`;
  const timer = TIMER_INTERRUPT;
  const chip = `RISC-V INTC  ${String(timer).padStart(2)} Edge      riscv-timer`;
  text += row(String(timer), traps.interruptsOf(timer), chip);
  for (const { number: line, target, counts } of hardware.plic?.lines.values() ?? []) {
    const name = `SiFive PLIC  ${String(line).padStart(2)} Edge      ${target.name}`;
    text += row(String(line), counts, name);
  }
  text += row('IPI0', traps.reschedules, 'Rescheduling interrupts');
  text += row('TLB', arch.shootdowns, 'TLB shootdowns');
  return text + row('HOST', traps.hostRequests, 'Requests of the host');
}
