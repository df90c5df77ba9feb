/** Which nodes memory comes from: set_mempolicy(2). There is one node, which every policy leads to. Linux: mm/mempolicy.c. */
import { EINVAL, fail } from '../../abi/errno.ts';

const MODES = ['default', 'prefer', 'bind', 'interleave', 'local', 'prefer (many)'] as const;
const MPOL_PREFERRED = 1;
const MPOL_INTERLEAVE = 3;
const MPOL_LOCAL = 4;
/** MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING. */
const STATIC_NODES = 0x8000;
const RELATIVE_NODES = 0x4000;
const MPOL_BIND = 2;
const NUMA_BALANCING = 0x2000;
const MODE_FLAGS = STATIC_NODES | RELATIVE_NODES | NUMA_BALANCING;

export interface MemoryPolicy {
  /** MPOL_*. */
  readonly mode: number;
  readonly flags: number;
  /** Nodes that were asked for; bit 0 is the only one that is there. */
  readonly nodes: number;
}

/** Linux: sanitize_mpol_flags, which comes before the nodes are read. Throws EINVAL. */
export function checkMode(word: number): void {
  const mode = word & ~MODE_FLAGS;
  const flags = word & MODE_FLAGS;
  if (mode >= MODES.length) throw fail(EINVAL, 'mode');
  if ((flags & STATIC_NODES) !== 0 && (flags & RELATIVE_NODES) !== 0) throw fail(EINVAL, 'flags');
  if ((flags & NUMA_BALANCING) !== 0 && mode !== MPOL_BIND) throw fail(EINVAL, 'flags');
}

/** What mode and nodes ask for; undefined for MPOL_DEFAULT. `isOther`: nodes beyond the first word. Throws EINVAL. */
export function makePolicy(word: number, nodes: number): MemoryPolicy | undefined {
  checkMode(word);
  const mode = word & ~MODE_FLAGS;
  const flags = word & MODE_FLAGS;
  if (mode === 0) {
    if (nodes !== 0) throw fail(EINVAL, 'nodes of the default policy');
    return undefined;
  }
  if (mode === MPOL_LOCAL) {
    if (nodes !== 0 || flags !== 0) throw fail(EINVAL, 'nodes of the local policy');
    return { mode, flags: 0, nodes: 0 };
  }
  if (mode === MPOL_PREFERRED && nodes === 0) {
    if ((flags & (STATIC_NODES | RELATIVE_NODES)) !== 0) throw fail(EINVAL, 'no nodes');
    return { mode: MPOL_LOCAL, flags: 0, nodes: 0 };
  }
  if (nodes === 0) throw fail(EINVAL, 'no nodes');
  // Relative ones fold onto those that are there.
  if ((nodes & 1) === 0 && (flags & RELATIVE_NODES) === 0) throw fail(EINVAL, 'no node is there');
  return { mode, flags, nodes: (flags & (STATIC_NODES | RELATIVE_NODES)) === 0 ? 1 : nodes };
}

/** The only node, for those modes that name one. */
export function nodesOf({ mode, flags, nodes }: MemoryPolicy): number {
  if (mode === MPOL_LOCAL) return 0;
  return (flags & (STATIC_NODES | RELATIVE_NODES)) === 0 ? 1 : nodes;
}

export function isInterleaved(policy: MemoryPolicy | undefined): boolean {
  return policy?.mode === MPOL_INTERLEAVE;
}

/** As numa_maps shows it. */
export function policyText(policy: MemoryPolicy | undefined): string {
  if (!policy) return 'default';
  const { mode, flags } = policy;
  const relation =
    (flags & STATIC_NODES) !== 0 ? '=static' : (flags & RELATIVE_NODES) !== 0 ? '=relative' : '';
  return `${MODES[mode]}${relation}${mode === MPOL_LOCAL ? '' : ':0'}`;
}
