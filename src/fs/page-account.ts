/** The account of all pages that files have in memory and elsewhere: how many, how many of them are dirty, and whose. Linux: vmstat, b_dirty. */
import type { PageCache } from './page-cache.ts';
import { PAGE_SIZE } from './page-frames.ts';

/** What a process has had done for it: /proc/<pid>/io. In bytes. */
export interface IoCharge {
  readBytes: number;
  writeBytes: number;
  cancelledWriteBytes: number;
}

/** Who writes dirty pages back in time: kernel/mm/write-back.ts. */
export interface DirtyWatcher {
  /** A file has its first dirty page; returns the time, in ns. */
  dirtied(): number;
  /** Somebody has dirtied pages by write(2): he may have to see to it that they do not become too many. */
  balance(): void;
  /** Where the transfers of who runs now are counted; undefined for nobody's. */
  readonly charge: IoCharge | undefined;
}

export class PageAccount {
  /** Set by who writes back; undefined where files are stored by sync only. */
  watcher: DirtyWatcher | undefined;
  /** Pages of files that are stored elsewhere too. */
  cached = 0;
  /** Of them those that differ from what is stored. */
  dirty = 0;
  /** Pages that are on their way to a disk. */
  writeback = 0;
  /** Pages that ever became dirty, and that were ever stored: nr_dirtied, nr_written. */
  dirtied = 0;
  written = 0;
  /** Pages that were looked at because memory was short: of files that are stored elsewhere, and those that swap is for. */
  scanned = 0;
  scannedUnstored = 0;
  /** Files with dirty pages, and since when, in ns: the one that has been dirty for longest first. */
  readonly dirtyFiles = new Map<PageCache, number>();

  /** A page became dirty; `isFirst` of its file. */
  addDirty(cache: PageCache, isFirst: boolean): void {
    this.dirty++;
    this.dirtied++;
    const charge = this.watcher?.charge;
    if (charge !== undefined) charge.writeBytes += PAGE_SIZE;
    if (isFirst) this.dirtyFiles.set(cache, this.watcher?.dirtied() ?? 0);
  }

  /** So many are read from where they are stored. */
  addRead(count: number): void {
    const charge = this.watcher?.charge;
    if (charge !== undefined) charge.readBytes += count * PAGE_SIZE;
  }

  /** A dirty one is given up without being stored: the file was cut. */
  cancelDirty(): void {
    const charge = this.watcher?.charge;
    if (charge !== undefined) charge.cancelledWriteBytes += PAGE_SIZE;
  }

  /** So many are no longer; `isLast`: the file has none left. */
  removeDirty(cache: PageCache, count: number, isLast: boolean): void {
    this.dirty -= count;
    if (isLast) this.dirtyFiles.delete(cache);
  }
}
