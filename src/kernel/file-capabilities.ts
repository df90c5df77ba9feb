/** Capabilities of programs: the attribute security.capability, capabilities(7) "File capabilities". Linux: security/commoncap.c. */
import type { Inode } from '../fs/inode.ts';
import { CAP_LAST, type FileCapabilities } from './credentials.ts';

export const CAPABILITY_ATTRIBUTE = 'security.capability';
/** VFS_CAP_REVISION_*, with the bit that makes them effective. */
const REVISION_MASK = 0xff00_0000;
const REVISION_1 = 0x0100_0000;
const REVISION_2 = 0x0200_0000;
const REVISION_3 = 0x0300_0000;
const FLAG_EFFECTIVE = 1;
const SIZES: ReadonlyMap<number, number> = new Map([
  [REVISION_1, 12],
  [REVISION_2, 20],
  [REVISION_3, 24],
]);
const HIGH = 0x1_0000_0000;
const KNOWN_HIGH = 2 ** (CAP_LAST + 1 - 32) - 1;

/** Undefined for what is none. */
export function decodeCapabilities(bytes: Uint8Array): FileCapabilities | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0, true);
  const revision = (magic & REVISION_MASK) >>> 0;
  if (SIZES.get(revision) !== bytes.length) return undefined;
  // Those of another namespace's root count for nobody here.
  if (revision === REVISION_3 && view.getUint32(20, true) !== 0) return undefined;
  const isLong = revision !== REVISION_1;
  const high = (at: number): number => (isLong ? view.getUint32(at, true) & KNOWN_HIGH : 0);
  return {
    permitted: high(12) * HIGH + view.getUint32(4, true),
    inheritable: high(16) * HIGH + view.getUint32(8, true),
    isEffective: (magic & FLAG_EFFECTIVE) !== 0,
  };
}

export function capabilitiesOf(inode: Inode): FileCapabilities | undefined {
  const attributes = inode.storedXattrs === undefined ? inode.xattrs : inode.storedXattrs();
  const bytes = attributes?.get(CAPABILITY_ATTRIBUTE);
  return bytes && decodeCapabilities(bytes);
}

/** Whoever changes a program, or its owner, takes them away. */
export function dropCapabilities(inode: Inode): void {
  // Asked at each write.
  if (inode.lacksCapabilities) return;
  const attributes = inode.storedXattrs === undefined ? inode.xattrs : inode.storedXattrs();
  if (attributes?.get(CAPABILITY_ATTRIBUTE)) attributes.set(CAPABILITY_ATTRIBUTE, undefined);
  inode.lacksCapabilities = true;
}
