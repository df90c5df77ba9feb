/** /proc/interrupts: the interrupt controller of the harts, and the lines of the PLIC. */
import { SOFTWARE_INTERRUPT, TIMER_INTERRUPT } from '../arch/trap-names.ts';
import type { Kernel } from '../kernel.ts';

function row(label: string, counts: readonly number[], rest: string): string {
  const columns = counts.map((count) => String(count).padStart(10)).join(' ');
  return `${label.padStart(3)}: ${columns}  ${rest}\n`;
}

export function showInterrupts(kernel: Kernel): string {
  const { hardware, arch, interruptCounts } = kernel;
  const harts = Array.from({ length: arch.harts }, (_, hart) => `CPU${hart}`.padEnd(11));
  let text = `           ${harts.join('')}\n`;
  const total = (cause: number): number[] => {
    return Array.from({ length: arch.harts }, (_, i) =>
      i === 0 ? (interruptCounts.get(cause) ?? 0) : 0,
    );
  };
  const timer = TIMER_INTERRUPT;
  const number = String(timer).padStart(2);
  text += row(String(timer), total(timer), `RISC-V INTC  ${number} Edge      riscv-timer`);
  for (const { number: line, target, counts } of hardware.plic?.lines.values() ?? []) {
    const name = `SiFive PLIC  ${String(line).padStart(2)} Edge      ${target.name}`;
    text += row(String(line), counts, name);
  }
  return text + row('IPI', total(SOFTWARE_INTERRUPT), 'Software interrupts');
}
