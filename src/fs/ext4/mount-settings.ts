/** The options of mount(2) for ext2, ext3 and ext4, as far as they change anything here. ext4(5). */
import { EINVAL, fail } from '../../abi/errno.ts';
import { parseNumber, parseOptions } from '../mount-options.ts';
import type { TypeName } from './features.ts';

/** Options that are accepted and change nothing here. */
const IGNORED_OPTIONS = new Set([
  'errors',
  'user_xattr',
  'nouser_xattr',
  'acl',
  'noacl',
  'check',
  'grpid',
  'nogrpid',
  'minixdf',
  'bsddf',
  'barrier',
  'delalloc',
  'nodelalloc',
  'discard',
  'nodiscard',
  'auto_da_alloc',
  'noauto_da_alloc',
  'block_validity',
  'noblock_validity',
  'dioread_lock',
  'dioread_nolock',
  'init_itable',
  'noinit_itable',
  'journal_checksum',
  'stripe',
  'inode_readahead_blks',
]);

/** How file content and the journal go together. */
export type DataMode = 'ordered' | 'journal' | 'writeback';

export interface MountSettings {
  readonly dataMode: DataMode;
  /** Read without a replay of the journal. */
  readonly isWithoutReplay: boolean;
  /** Metadata that changed is committed after so long. */
  readonly commitSeconds: number;
}

export const DEFAULT_SETTINGS: MountSettings = {
  dataMode: 'ordered',
  isWithoutReplay: false,
  commitSeconds: 5,
};

/** Seconds: 0 stands for the default. Linux takes what fits an int of jiffies. */
const MAX_COMMIT_SECONDS = Math.floor((2 ** 31 - 1) / 250);

/** Throws EINVAL. */
export function parseSettings(type: TypeName, options: string): MountSettings {
  let settings = DEFAULT_SETTINGS;
  for (const [name, value] of parseOptions(options)) {
    if (name === 'data' && type !== 'ext2') {
      if (value !== 'ordered' && value !== 'journal' && value !== 'writeback') {
        throw fail(EINVAL, `data=${value}`);
      }
      settings = { ...settings, dataMode: value };
    } else if (name === 'commit' && type !== 'ext2') {
      const seconds = parseNumber(value, 10);
      if (seconds > MAX_COMMIT_SECONDS) throw fail(EINVAL, `commit=${value}`);
      settings = { ...settings, commitSeconds: seconds || DEFAULT_SETTINGS.commitSeconds };
    } else if ((name === 'noload' || name === 'norecovery') && type !== 'ext2') {
      settings = { ...settings, isWithoutReplay: true };
    } else if (!IGNORED_OPTIONS.has(name)) {
      throw fail(EINVAL, `${type} option ${name}`);
    }
  }
  return settings;
}
