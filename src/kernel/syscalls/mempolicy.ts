/** get_mempolicy(2), set_mempolicy(2), mbind(2), migrate_pages(2), move_pages(2): one node. Linux: mm/mempolicy.c, mm/migrate.c. */
import { E2BIG, EFAULT, EINVAL, ENODEV, ENOENT, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, isSwapEntry, TASK_SIZE } from '../arch/page-table.ts';
import { CAP_SYS_NICE } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import {
  checkMode,
  isInterleaved,
  type MemoryPolicy,
  makePolicy,
  nodesOf,
} from '../mm/memory-policy.ts';
import { pageUp } from '../mm/mmap.ts';
import type { Process } from '../process.ts';
import { checkTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';

const MPOL_F_NODE = 1;
const MPOL_F_ADDR = 2;
const MPOL_F_MEMS_ALLOWED = 4;
const MPOL_MF_STRICT = 1;
const MPOL_MF_MOVE = 2;
const MPOL_MF_MOVE_ALL = 4;
/** Bits of a page full of nodes: more are refused. */
const MAX_BITS = PAGE_SIZE * 8;
/** MAX_NUMNODES, a word of nodes. */
const NODE_BITS = 64;

/** The low word of a set of nodes; others, and those of the high words, are not there. Throws EFAULT, EINVAL. */
function readNodes({ memory }: Task, address: number, maximum: number): number {
  const bits = maximum - 1;
  if (address === 0 || bits <= 0) return 0;
  if (bits > MAX_BITS) throw fail(EINVAL, 'maxnode');
  let nodes = 0;
  for (let word = 0; word < Math.ceil(bits / 32); word++) {
    // Linux reads words of 64 bits: the upper half only if there are bits in it.
    const value = memory.readU32(address + 4 * word);
    const left = bits - 32 * word;
    const masked = left >= 32 ? value : value & (2 ** left - 1);
    if (word === 0) nodes = masked;
    else if (masked !== 0 && word >= NODE_BITS / 32) throw fail(EINVAL, 'nodes that cannot be');
    else if (masked !== 0) nodes |= -0x8000_0000;
  }
  return nodes;
}

function writeNodes({ memory }: Task, address: number, maximum: number, nodes: number): void {
  if (address === 0) return;
  if (maximum - 1 > MAX_BITS) throw fail(EINVAL, 'maxnode');
  const bytes = new Uint8Array(Math.ceil((maximum - 1) / NODE_BITS) * 8);
  if (bytes.length > 0) new DataView(bytes.buffer).setUint32(0, nodes, true);
  memory.writeBytes(address, bytes);
}

/** Errors: EFAULT, EINVAL. */
export function setMempolicy(task: Task, mode: number, nodes: number, maximum: number): number {
  checkMode(mode >>> 0);
  task.memoryPolicy = makePolicy(mode >>> 0, readNodes(task, nodes, maximum));
  return 0;
}

/** Errors: EFAULT, EINVAL. */
export function getMempolicy(
  task: Task,
  mode: number,
  nodes: number,
  maximum: number,
  address: number,
  flags: number,
): number {
  if (nodes !== 0 && maximum < 1) throw fail(EINVAL, 'maxnode');
  if ((flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) !== 0)
    throw fail(EINVAL, 'flags');
  if ((flags & MPOL_F_MEMS_ALLOWED) !== 0) {
    if ((flags & (MPOL_F_NODE | MPOL_F_ADDR)) !== 0) throw fail(EINVAL, 'flags');
    if (mode !== 0) task.memory.writeU32(mode, 0);
    writeNodes(task, nodes, maximum, 1);
    return 0;
  }
  const policy = policyAt(task, address, flags);
  if (mode !== 0) task.memory.writeU32(mode, modeFor(task, policy, address, flags));
  writeNodes(task, nodes, maximum, policy ? nodesOf(policy) : 0);
  return 0;
}

function policyAt(task: Task, address: number, flags: number): MemoryPolicy | undefined {
  if ((flags & MPOL_F_ADDR) === 0) {
    if (address !== 0) throw fail(EINVAL, 'address without MPOL_F_ADDR');
    return task.memoryPolicy;
  }
  const vma = spaceOf(task).vmas.find(address);
  if (!vma) throw fail(EFAULT, 'nothing is mapped');
  return vma.policy ?? task.memoryPolicy;
}

/** With MPOL_F_NODE a number of a node instead: where the page is, or where the next one would come from. */
function modeFor(
  task: Task,
  policy: MemoryPolicy | undefined,
  address: number,
  flags: number,
): number {
  if ((flags & MPOL_F_NODE) === 0) return policy ? policy.mode | policy.flags : 0;
  if ((flags & MPOL_F_ADDR) !== 0) {
    task.memory.readU8(address);
    return 0;
  }
  if (!isInterleaved(policy)) throw fail(EINVAL, 'not interleaved');
  return 0;
}

/** Errors: EFAULT, EINVAL, EPERM. */
export function mbind(
  task: Task,
  address: number,
  length: number,
  mode: number,
  nodes: number,
  maximum: number,
  flags: number,
): number {
  checkMode(mode >>> 0);
  const wanted = readNodes(task, nodes, maximum);
  if ((flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0)
    throw fail(EINVAL, 'flags');
  if ((flags & MPOL_MF_MOVE_ALL) !== 0) checkNice(task);
  if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  const end = address + pageUp(length);
  if (end > TASK_SIZE) throw fail(EINVAL, 'range');
  const policy = makePolicy(mode >>> 0, wanted);
  if (end === address) return 0;
  const space = spaceOf(task);
  let covered = address;
  for (const vma of space.vmas.overlapping(address, end))
    covered = vma.start <= covered ? vma.end : covered;
  if (covered < end) throw fail(EFAULT, 'a hole in the range');
  for (const vma of space.vmas.owned(address, end)) {
    const part = space.isolate(vma, Math.max(vma.start, address), Math.min(vma.end, end));
    part.policy = policy;
    space.tryMerge(part);
  }
  return 0;
}

function checkNice({ credentials }: Task): void {
  if (!credentials.hasCapability(CAP_SYS_NICE)) throw fail(EPERM, 'CAP_SYS_NICE');
}

function targetOf(task: Task, pid: number): Process {
  const target = pid === 0 ? task.process : task.kernel.pids.task(pid)?.process;
  if (!target) throw fail(ESRCH, `process ${pid}`);
  checkTrace(task, target.leader);
  if (!target.addressSpace) throw fail(EINVAL, 'the process has no memory');
  return target;
}

/** Everything is where it may be: nothing moves. Errors: EFAULT, EINVAL, EPERM, ESRCH. */
export function migratePages(
  task: Task,
  pid: number,
  maximum: number,
  from: number,
  to: number,
): number {
  readNodes(task, from, maximum);
  const nodes = readNodes(task, to, maximum);
  targetOf(task, pid);
  if ((nodes & ~1) !== 0) checkNice(task);
  if ((nodes & 1) === 0) throw fail(EINVAL, 'nodes');
  return 0;
}

/** Errors: E2BIG, EFAULT, EINVAL, ENODEV, EPERM, ESRCH. */
export function movePages(
  task: Task,
  pid: number,
  count: number,
  pages: number,
  nodes: number,
  status: number,
  flags: number,
): number {
  if ((flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0) throw fail(EINVAL, 'flags');
  if ((flags & MPOL_MF_MOVE_ALL) !== 0) checkNice(task);
  if (count > Number.MAX_SAFE_INTEGER / 8) throw fail(E2BIG, 'count');
  const space = targetOf(task, pid).addressSpace;
  const { memory } = task;
  for (let i = 0; i < count; i++) {
    const address = memory.readU64(pages + 8 * i);
    const node = nodes === 0 ? 0 : memory.readI32(nodes + 4 * i);
    if (node !== 0) throw fail(ENODEV, `node ${node}`);
    const pte = space?.vmas.find(address) ? space.pageTable.get(address) : undefined;
    const isZero =
      pte !== undefined && pte !== 0 && !isSwapEntry(pte) && frameOf(pte) === task.kernel.zeroFrame;
    const place =
      pte === undefined || isZero ? -EFAULT : pte === 0 || isSwapEntry(pte) ? -ENOENT : 0;
    if (status !== 0) memory.writeU32(status + 4 * i, place >>> 0);
  }
  return 0;
}
