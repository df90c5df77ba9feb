/** The clusters of one file or directory, in order, as far as they were looked up. */
import { EIO, fail } from '../../abi/errno.ts';
import { BROKEN, END, type FatTable } from './fat-table.ts';

/** Told of chains that cannot be. */
export type Alarm = (what: string) => void;

export class ClusterChain {
  private readonly table: FatTable;
  private readonly alarm: Alarm;
  /** Cluster numbers from the start of the file on. */
  private readonly clusters: number[] = [];
  private isComplete: boolean;
  /** A cluster passed on the way and when the next one is taken for it: who comes there again runs in a circle (Brent 1980). */
  private mark = 0;
  private markAgain = 1;

  /** `first` is 0 for a chain without clusters. Throws EIO for a number out of range. */
  constructor(table: FatTable, first: number, alarm: Alarm) {
    this.table = table;
    this.alarm = alarm;
    this.isComplete = first === 0;
    if (first === 0) return;
    if (!table.isCluster(first)) throw this.broken(`invalid start cluster ${first}`);
    this.clusters.push(first);
  }

  get first(): number {
    return this.clusters[0] ?? 0;
  }

  /** All clusters, to the end of the chain, but no more than `limit`. Throws EIO. */
  length(limit = Number.POSITIVE_INFINITY): number {
    if (limit > 0) this.find(limit - 1);
    return Math.min(this.clusters.length, limit);
  }

  /** The cluster `index` of the file; undefined behind the end. Throws EIO for a chain that is broken or runs in a circle. */
  find(index: number): number | undefined {
    const { clusters, table } = this;
    while (index >= clusters.length && !this.isComplete) {
      const next = table.next(clusters[clusters.length - 1] as number);
      if (next === END) {
        this.isComplete = true;
        break;
      }
      if (next === BROKEN) throw this.broken('invalid cluster chain');
      if (next === this.mark || next === clusters[0]) {
        throw this.broken('detected the cluster chain loop');
      }
      clusters.push(next);
      if (clusters.length < this.markAgain) continue;
      this.mark = next;
      this.markAgain = 2 * clusters.length;
    }
    return clusters[index];
  }

  /** One more cluster at the end. Throws ENOSPC. */
  append(): number {
    const count = this.length();
    const cluster = this.table.allocate(this.clusters[count - 1] ?? 0);
    this.clusters.push(cluster);
    return cluster;
  }

  /** Clusters from `count` on are free; `freed` hears of each. */
  truncate(count: number, freed?: (cluster: number) => void): void {
    const { clusters, table } = this;
    const all = this.length();
    if (count >= all) return;
    const rest = clusters.splice(count);
    const last = clusters[count - 1];
    if (last !== undefined) table.end(last);
    this.mark = 0;
    this.markAgain = 1;
    for (const cluster of rest) {
      table.free(cluster);
      freed?.(cluster);
    }
  }

  private broken(what: string): Error {
    this.alarm(what);
    return fail(EIO, what);
  }
}
