/** Rows of a memory map, from /proc/PID/maps and smaps: proc_pid_smaps(5). Pure. */
import type { MemoryMapping } from '../../api/processes.ts';
import { formatBytes } from '../model.ts';
import type { Colour, Line } from './line.ts';

export interface MappingRow {
  mapping: MemoryMapping;
  /** In memory. */
  residentBytes: number;
  /** Written to since it was mapped, by this process or by all who share it. */
  dirtyBytes: number;
}

const KIB = 1024;

/** Figures by the start of the mapping. */
function parseSmaps(text: string): Map<number, { resident: number; dirty: number }> {
  const figures = new Map<number, { resident: number; dirty: number }>();
  let current = { resident: 0, dirty: 0 };
  for (const line of text.split('\n')) {
    const start = /^([0-9a-f]+)-[0-9a-f]+ /.exec(line)?.[1];
    if (start !== undefined) {
      current = { resident: 0, dirty: 0 };
      figures.set(Number.parseInt(start, 16), current);
      continue;
    }
    const [, name, kib] = /^(\w+):\s+(\d+) kB$/.exec(line) ?? [];
    if (name === 'Rss') current.resident = Number(kib) * KIB;
    if (name === 'Private_Dirty' || name === 'Shared_Dirty') current.dirty += Number(kib) * KIB;
  }
  return figures;
}

export function mappingRows(maps: readonly MemoryMapping[], smaps: string): MappingRow[] {
  const figures = parseSmaps(smaps);
  return maps.map((mapping) => {
    const { resident = 0, dirty = 0 } = figures.get(mapping.start) ?? {};
    return { mapping, residentBytes: resident, dirtyBytes: dirty };
  });
}

export const MAP_HEADING = 'START      END        PERM   SIZE    RSS  DIRTY WHAT';

/** What is mapped. */
export function mappingName({ path, permissions, offset }: MemoryMapping): string {
  const place = offset > 0 ? ` +0x${offset.toString(16)}` : '';
  return path === '' ? `anonymous ${permissions}` : `${path}${place} ${permissions}`;
}

function colourOf({ permissions, path }: MemoryMapping): Colour | undefined {
  if (permissions.includes('x')) return 'green';
  if (path.startsWith('[')) return 'cyan';
  return permissions.includes('w') ? 'yellow' : undefined;
}

export function mappingLine({ mapping, residentBytes, dirtyBytes }: MappingRow): Line {
  const { start, end, permissions, path, offset } = mapping;
  const colour = colourOf(mapping);
  const figures = [end - start, residentBytes, dirtyBytes].map((bytes) =>
    (bytes === 0 ? '-' : formatBytes(bytes)).padStart(6),
  );
  const addresses = [start, end].map((address) => address.toString(16).padStart(10, '0'));
  const place = offset > 0 ? ` +0x${offset.toString(16)}` : '';
  return [
    { text: `${addresses.join(' ')} ` },
    { text: permissions, ...(colour && { colour }) },
    { text: ` ${figures.join(' ')} ${path === '' ? '(anonymous)' : path + place}` },
  ];
}
