/** Rows of /sys in short. */
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';

export function value(name: string, show: (kernel: Kernel) => string | number): ProcRow {
  return { name, show: (kernel) => `${show(kernel)}\n` };
}

export function directory(name: string, ...entries: ProcRow[]): ProcRow {
  return { name, entries };
}

export function link(name: string, target: string): ProcRow {
  return { name, link: () => target };
}

export function numberOf(device: number): string {
  return `${deviceMajor(device)}:${deviceMinor(device)}`;
}
