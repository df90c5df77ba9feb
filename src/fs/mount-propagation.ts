/** Who sees what is mounted elsewhere: peer groups, masters and slaves. Linux: Documentation/filesystems/sharedsubtree.rst. */
import { MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '../abi/mount.ts';
import { type Dentry, isBelow } from './dentry.ts';
import { type Mount, putOn, top, withAllWithin } from './mount.ts';
import type { MountTable } from './mount-table.ts';

/** MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE for a mount, and with `isRecursive` for all within it. */
export function setPropagation(
  table: MountTable,
  mount: Mount,
  type: number,
  isRecursive: boolean,
): void {
  if (!isRecursive) setOwnPropagation(table, mount, type);
  else for (const each of withAllWithin(mount)) setOwnPropagation(table, each, type);
}

function setOwnPropagation(table: MountTable, mount: Mount, type: number): void {
  if (type === MS_SHARED) {
    if (mount.peerGroup === 0) mount.peerGroup = newGroup(table);
  } else {
    const { peerGroup } = mount;
    mount.peerGroup = 0;
    const hasPeers = peerGroup !== 0 && table.mounts.some((other) => other.peerGroup === peerGroup);
    // The last of a group hands its slaves to its own master.
    if (peerGroup !== 0 && !hasPeers)
      for (const slave of table.mounts) if (slave.master === peerGroup) slave.master = mount.master;
    if (type !== MS_SLAVE) mount.master = 0;
    else if (hasPeers) mount.master = peerGroup;
  }
  // A slave keeps what it was: only what was shared becomes bindable.
  if (type !== MS_SLAVE) mount.isUnbindable = type === MS_UNBINDABLE;
}

/** The lowest number that no group has; `pending` are of mounts that are not in the tree yet. */
function newGroup(table: MountTable, pending: Iterable<number> = []): number {
  const used = new Set(pending);
  for (const mount of [...table.mounts, ...table.floating]) used.add(mount.peerGroup);
  let group = 1;
  while (used.has(group)) group++;
  return group;
}

/** The mounts that see what happens in `mount`: peers, slaves, and theirs. */
function receivers(table: MountTable, mount: Mount): Mount[] {
  const groups = new Set([mount.peerGroup]);
  const found = new Set<Mount>();
  for (const group of groups) {
    if (group === 0) continue;
    for (const other of table.mounts) {
      if (other.peerGroup !== group && other.master !== group) continue;
      found.add(other);
      groups.add(other.peerGroup);
    }
  }
  found.delete(mount);
  return [...found];
}

/** The mounts besides its own in which `place` is seen, so that what comes there is copied to them. */
export function targetsOf(table: MountTable, { node, mount }: Dentry): Mount[] {
  if (mount.peerGroup === 0) return [];
  return receivers(table, mount).filter((target) => isBelow(node, target.rootNode));
}

/**
 * `mount` came to a place of a shared mount: it is shared too, and seen wherever that place is seen (`targets`, of targetsOf):
 * the copies, in their places.
 */
export function propagate(
  table: MountTable,
  mount: Mount,
  { node, mount: parent }: Dentry,
  targets: readonly Mount[],
): Mount[] {
  if (parent.peerGroup === 0) return [];
  for (const each of withAllWithin(mount))
    if (each.peerGroup === 0) each.peerGroup = newGroup(table);
  /** Groups of copies, by the group that the copy's parent is in and the group of what it copies. */
  const groups = new Map<string, number>();
  const copies: Mount[] = [];
  for (const target of targets) {
    const copy = copyTree(
      table,
      mount,
      target.peerGroup === parent.peerGroup,
      target.peerGroup,
      groups,
    );
    putOn(copy, top(node.within(target)));
    copies.push(copy);
  }
  return copies;
}

/** A peer of each mount of a tree, or for a slave's place a slave, shared within the group of that. */
function copyTree(
  table: MountTable,
  mount: Mount,
  isPeer: boolean,
  group: number,
  groups: Map<string, number>,
): Mount {
  const { peerGroup } = mount;
  const copy = table.copy(mount, mount.rootNode);
  if (isPeer) {
    copy.peerGroup = peerGroup;
    copy.master = mount.master;
  } else {
    copy.master = peerGroup;
    const key = `${group}:${peerGroup}`;
    if (group !== 0 && !groups.has(key)) groups.set(key, newGroup(table, groups.values()));
    copy.peerGroup = groups.get(key) ?? 0;
  }
  for (const [node, child] of mount.children) {
    const inner = copyTree(table, child, isPeer, group, groups);
    putOn(inner, node.within(copy));
  }
  return copy;
}

/** The mounts that go with `mount`: what it was propagated to, where nothing is mounted within. */
export function copiesOf(table: MountTable, mount: Mount): Mount[] {
  const { mountpoint } = mount;
  if (mountpoint === undefined) return [];
  return receivers(table, mountpoint.mount).flatMap((target) => {
    const copy = target.children.get(mountpoint.node);
    const isCopy = copy?.fs === mount.fs && copy.rootNode === mount.rootNode;
    return isCopy && copy.children.size === 0 ? [copy] : [];
  });
}
