/**
 * Replay of the journal after a crash: find the last commit, collect what was revoked, write the rest to its places. Linux:
 * fs/jbd2/recovery.c.
 */
import { corrupted } from '../corruption.ts';
import type { Ext4 } from '../ext4.ts';
import { LogArea } from './log-area.ts';
import {
  COMMIT,
  DESCRIPTOR,
  HEADER_BYTES,
  MAGIC,
  REVOKE,
  readHeader,
  TAG_ESCAPE,
  TAG_LAST,
  TAG_SAME_UUID,
  type Tag,
} from './records.ts';

const UUID_BYTES = 16;

/** What is done with the transactions in front of the last commit. */
interface Visitor {
  /** A data block of the log that belongs to `tag`. */
  data?(tag: Tag, logBlock: number, sequence: number): void;
  revoke?(block: number, sequence: number): void;
}

/** Sequence numbers wrap round. */
function isBehind(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

class Replay {
  private readonly fs: Ext4;
  private readonly area: LogArea;

  constructor(fs: Ext4, area: LogArea) {
    this.fs = fs;
    this.area = area;
  }

  /** Returns the sequence number behind the last commit. */
  run(): number {
    const { superblock } = this.area;
    if (superblock.start === 0) return superblock.sequence + 1;
    const end = this.walk(undefined, {});
    const revoked = new Map<number, number>();
    this.walk(end, {
      revoke(block, sequence) {
        const known = revoked.get(block);
        if (known === undefined || isBehind(sequence, known)) revoked.set(block, sequence);
      },
    });
    this.walk(end, {
      data: (tag, logBlock, sequence) => {
        const last = revoked.get(tag.block);
        if (last === undefined || isBehind(sequence, last)) this.restore(tag, logBlock, sequence);
      },
    });
    return end + 1;
  }

  /** Up to the transaction `end`, or as far as there are commits; returns the first sequence number without one. */
  private walk(end: number | undefined, visitor: Visitor): number {
    const { area } = this;
    const { superblock } = area;
    let { sequence } = superblock;
    let block = superblock.start;
    // A log is a ring: more blocks than it has are an endless loop.
    for (let seen = 0; seen < superblock.length && sequence !== end; seen++) {
      const bytes = area.read(block);
      const header = readHeader(viewOf(bytes));
      if (header === undefined || header.sequence !== sequence) return sequence;
      block = area.next(block);
      if (header.type === DESCRIPTOR) {
        if (!superblock.hasRightTail(bytes)) return sequence;
        for (const tag of this.tags(bytes)) {
          visitor.data?.(tag, block, sequence);
          block = area.next(block);
          seen++;
        }
      } else if (header.type === REVOKE) {
        if (!superblock.hasRightTail(bytes)) return sequence;
        for (const number of this.revokedIn(bytes)) visitor.revoke?.(number, sequence);
      } else if (header.type === COMMIT) {
        if (!superblock.hasRightCommit(bytes)) return sequence;
        sequence = (sequence + 1) >>> 0;
      } else {
        return sequence;
      }
    }
    return sequence;
  }

  private tags(bytes: Uint8Array): Tag[] {
    const { superblock, blockSize } = this.area;
    const { tagBytes } = superblock;
    const view = viewOf(bytes);
    const found: Tag[] = [];
    for (let at = HEADER_BYTES; at + tagBytes <= superblock.room(blockSize); ) {
      const tag = superblock.readTag(view, at);
      found.push(tag);
      at += tagBytes + ((tag.flags & TAG_SAME_UUID) === 0 ? UUID_BYTES : 0);
      if ((tag.flags & TAG_LAST) !== 0) break;
    }
    return found;
  }

  private revokedIn(bytes: Uint8Array): number[] {
    const { superblock, blockSize } = this.area;
    const view = viewOf(bytes);
    const end = view.getUint32(HEADER_BYTES);
    if (end > superblock.room(blockSize)) throw corrupted('revoke record');
    const found: number[] = [];
    const { numberBytes } = superblock;
    for (let at = HEADER_BYTES + 4; at + numberBytes <= end; at += numberBytes) {
      const isWide = numberBytes === 8;
      const high = isWide ? view.getUint32(at) : 0;
      found.push(high * 2 ** 32 + view.getUint32(isWide ? at + 4 : at));
    }
    return found;
  }

  private restore(tag: Tag, logBlock: number, sequence: number): void {
    const { area, fs } = this;
    const bytes = area.read(logBlock);
    if (!area.superblock.matchesData(tag, bytes, sequence)) {
      throw corrupted(`journal block ${logBlock}: checksum`);
    }
    if ((tag.flags & TAG_ESCAPE) !== 0) viewOf(bytes).setUint32(0, MAGIC);
    if (tag.block >= fs.superblock.blockCount) throw corrupted('block number in the journal');
    fs.disk.write(tag.block * fs.superblock.sectorsPerBlock, bytes);
  }
}

/** Everything committed is in its place afterwards, and the log is empty. Throws EUCLEAN, EINVAL, EIO. */
export function recover(fs: Ext4): void {
  const area = new LogArea(fs);
  const sequence = new Replay(fs, area).run();
  fs.disk.flush();
  area.superblock.setStart(0, sequence);
  area.writeSuperblock();
  fs.disk.flush();
  fs.superblockStore.clearRecovery();
}
