/** /proc/buddyinfo and zoneinfo: proc_buddyinfo(5), proc_zoneinfo(5). */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import { countMemory } from '../memory-statistics.ts';

export function showBuddyinfo({ frames }: Kernel): string {
  const counts = frames.freeBlocks().map((count) => String(count).padStart(6));
  return `Node 0, zone    DMA32 ${counts.join(' ')} \n`;
}

/** One zone: memory below 4 GiB, which is all there is, as Linux on riscv64 has it. */
export function showZoneinfo(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const { watermarks, kswapd, arch } = kernel;
  const rows: readonly (readonly [string, number])[] = [
    ['nr_free_pages', memory.free],
    ['nr_zone_inactive_anon', 0],
    ['nr_zone_active_anon', memory.anonymous],
    ['nr_zone_inactive_file', memory.inactive],
    ['nr_zone_active_file', memory.mapped],
    ['nr_mlock', memory.locked],
  ];
  const { min, low, high } = watermarks;
  const marks: readonly (readonly [string, number])[] = [
    ['boost', 0],
    ['min', min],
    ['low', low],
    ['high', high],
    ['spanned', memory.total],
    ['present', memory.total],
    ['managed', memory.total],
  ];
  const line = ([name, value]: readonly [string, number]): string =>
    `        ${name.padEnd(8)} ${value}\n`;
  return (
    `Node 0, zone    DMA32\n  pages free     ${memory.free}\n` +
    marks.map(line).join('') +
    '        protection: (0, 0)\n' +
    rows.map(([name, value]) => `      ${name.padEnd(12)} ${value}\n`).join('') +
    `  node_unreclaimable:  ${kswapd.isHopeless ? 1 : 0}\n` +
    `  start_pfn:           ${arch.ram.base / PAGE_SIZE}\n`
  );
}
