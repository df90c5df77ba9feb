/** Locals with the host address of a group's lowest byte. */
import binaryen from 'binaryen';
import type { AccessGroup } from './access-groups.ts';
import type { Locals } from './temporaries.ts';

export class GroupHosts {
  private readonly locals: Locals;
  /** Those of this block, and those that later blocks use, too. */
  private readonly ofBlock = new Map<AccessGroup, number>();
  private readonly kept = new Map<AccessGroup, number>();
  /** Locals for those of a block: free again in the next one. */
  private readonly reused: number[] = [];

  constructor(locals: Locals) {
    this.locals = locals;
  }

  /** No group is open. */
  beginBlock(): void {
    this.ofBlock.clear();
  }

  of(group: AccessGroup): number {
    const hosts = group.isKept ? this.kept : this.ofBlock;
    let host = hosts.get(group);
    if (host === undefined) {
      host = group.isKept ? undefined : this.reused[hosts.size];
      host ??= this.locals.fixed(binaryen.i32);
      if (!group.isKept) this.reused[hosts.size] = host;
      hosts.set(group, host);
    }
    return host;
  }
}
