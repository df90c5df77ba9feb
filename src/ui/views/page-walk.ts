/** A walk of Sv39 page tables in words: privileged spec 20240411, sections 10.3.2 and 10.4. Pure. */
import type { PageWalk, PageWalkStep } from '../../protocol.ts';
import type { Line, Span } from './line.ts';

/** Bits 7 to 0 of an entry. */
const FLAGS = 'DAGUXWRV';
const PTE = { V: 1, R: 2, W: 4, X: 8 } as const;
const LEAF = PTE.R | PTE.W | PTE.X;
const PPN_SHIFT = 10;
const PPN_LOW_BITS = 32 - PPN_SHIFT;
const PPN_HIGH = 0x003f_ffff;
const PAGE_BYTES = 4096;
const LEVEL_BYTES = [2 ** 12, 2 ** 21, 2 ** 30];
const SIZES = ['4 KiB', '2 MiB', '1 GiB'];

export const FLAG_LEGEND =
  'V valid  R read  W write  X execute  U user  G global  A accessed  D dirty';

export function hex(value: number, digits = 0): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** Such as `DA-U-WRV`: a letter for each bit that is set. */
export function flagsOf({ low }: Pick<PageWalkStep, 'low'>): string {
  return [...FLAGS].map((letter, at) => (((low >>> (7 - at)) & 1) === 1 ? letter : '-')).join('');
}

/** Physical page number of an entry. */
export function ppnOf({ low, high }: Pick<PageWalkStep, 'low' | 'high'>): number {
  return (high & PPN_HIGH) * 2 ** PPN_LOW_BITS + (low >>> PPN_SHIFT);
}

/** Where an address is in memory; undefined where the walk ends without a leaf. */
export function physicalOf({ address, steps }: PageWalk): number | undefined {
  const last = steps.at(-1);
  if (!last || (last.low & PTE.V) === 0 || (last.low & LEAF) === 0) return undefined;
  const span = LEVEL_BYTES[last.level] ?? PAGE_BYTES;
  const frame = ppnOf(last) * PAGE_BYTES;
  return frame - (frame % span) + (address % span);
}

function whatItIs(step: PageWalkStep): Span {
  const { low, level } = step;
  if ((low & PTE.V) === 0) return { text: 'not valid', colour: 'red' };
  const to = hex(ppnOf(step) * PAGE_BYTES);
  if ((low & LEAF) === 0) return { text: `table at ${to}`, colour: 'cyan' };
  return { text: `page of ${SIZES[level]} at ${to}`, colour: 'green' };
}

function stepLines(step: PageWalkStep, columns: number): Line[] {
  const { level, index, entryAddress, low, high } = step;
  const word = hex(high, 8) + low.toString(16).padStart(8, '0');
  const place = `level ${level}  entry ${String(index).padStart(3)} at ${hex(entryAddress)} = ${word}  `;
  const flags = { text: `${flagsOf(step)}  `, isBold: true };
  if (columns >= place.length + 34) return [[{ text: place }, flags, whatItIs(step)]];
  return [[{ text: place }], [{ text: '         ' }, flags, whatItIs(step)]];
}

/** `mapping`: what the address belongs to, '' for nothing. `columns`: how wide the lines may be. */
export function walkLines(walk: PageWalk, mapping: string, columns: number): Line[] {
  const { address, root, asid, steps } = walk;
  const vpn = [2, 1, 0].map((level) => {
    const index = Math.floor(address / (LEVEL_BYTES[level] ?? PAGE_BYTES)) % 512;
    return `VPN[${level}] ${index}`;
  });
  const physical = physicalOf(walk);
  const end: Line =
    physical === undefined
      ? [{ text: 'The access traps: page fault', colour: 'red' }]
      : [
          { text: `physical address ${hex(physical)}, ` },
          { text: `frame ${hex(Math.floor(physical / PAGE_BYTES))}`, isBold: true },
        ];
  return [
    [
      { text: `${hex(address)}  `, isBold: true },
      { text: mapping === '' ? 'not mapped' : mapping },
    ],
    `= ${vpn.join('  ')}  offset ${hex(address % PAGE_BYTES)}`,
    `satp: Sv39, ASID ${asid}, root table at ${hex(root)}`,
    ...steps.flatMap((step) => stepLines(step, columns)),
    end,
    FLAG_LEGEND,
  ];
}

/** An address as it is typed: hexadecimal, with or without 0x. Undefined for anything else. */
export function parseAddress(text: string): number | undefined {
  const digits = /^\s*(?:0x)?([0-9a-f]{1,13})\s*$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
