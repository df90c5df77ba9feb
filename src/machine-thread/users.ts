/** Users of the guest for the API: passwd(5) and group(5) of its root file system. */
import { KernelError } from '../abi/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FileRequests } from './file-requests.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

/** What a root image without passwd(5) has. */
const ROOT: User = { name: 'root', uid: 0, gid: 0, groups: [0], home: '/', shell: '/bin/sh' };

function readLines(kernel: Kernel, path: string): string[][] {
  if (!kernel.init) return [];
  try {
    const bytes = new FileRequests(kernel.init).perform({ name: 'readFile', path });
    return new TextDecoder()
      .decode(bytes as Uint8Array)
      .split('\n')
      .map((line) => line.split(':'));
  } catch (error) {
    // An image need not have these files.
    if (error instanceof KernelError) return [];
    throw error;
  }
}

/** By name or number; undefined if there is none. */
export function findUser(kernel: Kernel, wanted: string): User | undefined {
  const row = readLines(kernel, '/etc/passwd').find(
    ([name, , uid]) => name === wanted || uid === wanted,
  );
  if (!row) return wanted === 'root' || wanted === '0' ? ROOT : undefined;
  const [name = '', , uid = '0', gid = '0', , home = '/', shell = '/bin/sh'] = row;
  const groups = readLines(kernel, '/etc/group')
    .filter(([, , , members = '']) => members.split(',').includes(name))
    .map(([, , id]) => Number(id));
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    groups: [Number(gid), ...groups],
    home: home || '/',
    shell: shell || '/bin/sh',
  };
}
