/**
 * Where a thread is in the files of its program, and where calls were made whose return addresses are on its stack. Without tables or frame
 * pointers: each word of the stack that follows a call counts. So a call may be among them that has returned, and whose word nothing
 * has been written over.
 */
import { PROT_EXEC } from '../abi/mman.ts';
import { pathOf } from '../fs/path.ts';
import { getPc, getRegister } from '../kernel/arch/user-context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressSpace } from '../kernel/mm/address-space.ts';
import type { Task } from '../kernel/task.ts';
import { toUnicode } from '../lib/bytes.ts';
import { RAM_PHYSICAL_BASE } from '../machine/hart-layout.ts';
import type { PhysicalMemory } from '../machine/memory.ts';
import type { CodePlace } from '../protocol.ts';

const SP = 2;
const MOST_PLACES = 24;
/** Of the stack that is looked through. */
const MOST_BYTES = 65536;
const WORD = 8;
const TWO_32 = 2 ** 32;

/** Innermost first: the pc, then calls. */
export function placesOf(
  { process: { addressSpace: space }, registers }: Task,
  { init }: Kernel,
  memory: PhysicalMemory,
): CodePlace[] {
  if (!space || !init) return [];
  const places: CodePlace[] = [];
  const note = (address: number): void => {
    const vma = space.vmas.find(address);
    const dentry = vma?.file?.dentry;
    if (!vma || !dentry || (vma.protection & PROT_EXEC) === 0) return;
    const path = toUnicode(pathOf(dentry, init.root));
    places.push({ path, at: address - vma.start + vma.offset });
  };
  note(getPc(registers));
  const bottom = getRegister(registers, SP);
  const top = Math.min(space.vmas.find(bottom)?.end ?? 0, bottom + MOST_BYTES);
  const from = Math.ceil(bottom / WORD) * WORD;
  for (let at = from; at < top && places.length < MOST_PLACES; at += WORD) {
    const address = longAt(space, memory, at);
    const size = address === undefined ? 0 : callBefore(space, memory, address);
    if (address !== undefined && size > 0) note(address - size);
  }
  return places;
}

/** Bytes of the call that returns to `address`; 0 if none does. */
function callBefore(space: AddressSpace, memory: PhysicalMemory, address: number): number {
  if (address % 2 !== 0 || !isCode(space, address)) return 0;
  const [last = 0, first = 0] = [2, 4].map((back) => halfAt(space, memory, address - back) ?? 0);
  const word = first | (last << 16);
  const linksRa = ((word >>> 7) & 31) === 1;
  const isJal = (word & 0x7f) === 0x6f;
  const isJalr = (word & 0x707f) === 0x67;
  if (linksRa && (isJal || isJalr)) return 4;
  const isCompressedJalr = (last & 0xf07f) === 0x9002 && (last & 0xf80) !== 0;
  return isCompressedJalr ? 2 : 0;
}

function isCode(space: AddressSpace, address: number): boolean {
  return ((space.vmas.find(address)?.protection ?? 0) & PROT_EXEC) !== 0;
}

/** An index of RAM's elements of `size` bytes; undefined where no page is present. */
function indexOf(space: AddressSpace, address: number, size: number): number | undefined {
  const physical = space.vmas.find(address) ? space.pageTable.lookup(address, false) : -1;
  return physical < 0 ? undefined : (physical - RAM_PHYSICAL_BASE) / size;
}

function halfAt(space: AddressSpace, { u16 }: PhysicalMemory, address: number): number | undefined {
  const index = indexOf(space, address, 2);
  return index === undefined ? undefined : u16[index];
}

function longAt(space: AddressSpace, { u32 }: PhysicalMemory, address: number): number | undefined {
  const index = indexOf(space, address, 4);
  return index === undefined
    ? undefined
    : (u32[index] as number) + (u32[index + 1] as number) * TWO_32;
}
