/** /proc/sys/kernel/seccomp: seccomp(2), "/proc interfaces". */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Kernel } from '../kernel.ts';
import { ACTIONS } from '../seccomp/filter.ts';
import type { ProcRow } from './row.ts';

/** Names of actions, in their order; `allow` cannot be logged. */
function storeLogged({ current, seccomp }: Kernel, text: string): void {
  if (current?.credentials.hasCapability(CAP_SYS_ADMIN) === false)
    throw fail(EPERM, 'CAP_SYS_ADMIN');
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.some((word) => word === 'allow' || !ACTIONS.has(word))) throw fail(EINVAL, 'action');
  seccomp.logged = [...ACTIONS.keys()].filter((name) => words.includes(name));
}

export const SECCOMP_ACTIONS: readonly ProcRow[] = [
  { name: 'actions_avail', show: () => `${[...ACTIONS.keys()].join(' ')}\n` },
  {
    name: 'actions_logged',
    mode: 0o644,
    show: ({ seccomp }) => `${seccomp.logged.join(' ')}\n`,
    store: storeLogged,
  },
];
