/** /proc/swaps: proc_swaps(5). */
import { pathOf } from '../../fs/path.ts';
import type { Kernel } from '../kernel.ts';

const KB_PER_PAGE = 4;
const NAME_WIDTH = 40;
/** Shorter numbers are followed by another tab. */
const LONG_NUMBER = 10_000_000;

export function showSwaps({ swap, vfs }: Kernel): string {
  const number = (pages: number): string => {
    const kilobytes = pages * KB_PER_PAGE;
    return `${kilobytes}\t${kilobytes < LONG_NUMBER ? '\t' : ''}`;
  };
  const lines = swap.areas.map(({ place, isPartition, usable, used, priority }) => {
    const name = pathOf(place, vfs.mounts.root).padEnd(NAME_WIDTH);
    const padded = name.endsWith(' ') ? name : `${name} `;
    return `${padded}${isPartition ? 'partition' : 'file\t'}\t${number(usable)}${number(used)}${priority}\n`;
  });
  return `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${lines.join('')}`;
}
