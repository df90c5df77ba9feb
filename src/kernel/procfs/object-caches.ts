/** /proc/slabinfo, /proc/sys/fs/{dentry,inode}-*: objects of the kernel. slabinfo(5), proc_sys_fs(5). */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import { DENTRY_BYTES, INODE_BYTES } from '../mm/name-slab.ts';

/** Bytes of an object and pages of a slab as on Linux 6.6 for riscv64, about: here they are objects of the host's. */
const SIZES: Readonly<Record<string, readonly [bytes: number, pages: number]>> = {
  dentry: [DENTRY_BYTES, 1],
  filp: [256, 1],
  vm_area_struct: [144, 1],
  task_struct: [3328, 8],
  signal_cache: [1088, 8],
};
/** Inodes of any file system. */
const INODE_SIZE = [INODE_BYTES, 8] as const;

/** Inodes in memory by the name of their cache. */
function inodeCounts({ vfs }: Kernel): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, cachedInodes } of vfs.fileSystems()) {
    if (cachedInodes === undefined) continue;
    const name = `${type.name === 'tmpfs' ? 'shmem' : type.name}_inode_cache`;
    counts.set(name, (counts.get(name) ?? 0) + cachedInodes);
  }
  return counts;
}

function objectCounts(kernel: Kernel): Map<string, number> {
  const { pids, vfs } = kernel;
  let mappings = 0;
  for (const { addressSpace } of pids.processes.values()) mappings += addressSpace?.vmas.count ?? 0;
  return new Map([
    ...inodeCounts(kernel),
    ['dentry', vfs.mounts.names.names],
    ['filp', vfs.locks.count],
    ['vm_area_struct', mappings],
    ['signal_cache', pids.processes.size],
    ['task_struct', pids.tasks.size],
  ]);
}

export function showSlabinfo(kernel: Kernel): string {
  const lines = [...objectCounts(kernel)].map(([name, active]) => {
    const [bytes, pages] = SIZES[name] ?? INODE_SIZE;
    const perSlab = Math.floor((pages * PAGE_SIZE) / bytes);
    const slabs = Math.ceil(active / perSlab);
    const columns = [active, slabs * perSlab, bytes].map((value) => String(value).padStart(6));
    const shape = [perSlab, pages].map((value) => String(value).padStart(4)).join(' ');
    const data = [slabs, slabs, 0].map((value) => String(value).padStart(6)).join(' ');
    return `${name.padEnd(17)} ${columns.join(' ')} ${shape} : tunables    0    0    0 : slabdata ${data}\n`;
  });
  return (
    'slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : ' +
    `tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n${lines.join('')}`
  );
}

/** Names, those nobody uses, age limit, wanted pages, absent ones, 0. */
export function dentryState({ vfs }: Kernel): string {
  const { all, unused, negative } = vfs.mounts.names.count();
  return [all, unused, 45, 0, negative, 0].join('\t');
}

/** Inodes in memory, and those that are free to be used for others: none, they are made as needed. */
export function inodeNumbers(kernel: Kernel): string {
  let all = 0;
  for (const count of inodeCounts(kernel).values()) all += count;
  return `${all}\t0`;
}
