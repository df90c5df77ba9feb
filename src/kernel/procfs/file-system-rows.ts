/** /proc/fs/jbd2/DISK-8/info and /proc/fs/ext4/DISK: what a mounted ext4 did, and has in memory. Linux: fs/jbd2/journal.c, fs/ext4/sysfs.c. */
import { crc32c } from '../../fs/ext4/checksum.ts';
import { Ext4 } from '../../fs/ext4/ext4.ts';
import type { Journal } from '../../fs/ext4/journal/journal.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from './row.ts';

/** Inode of the journal, which Linux names it by. */
const JOURNAL_INODE = 8;

function mounted({ vfs }: Kernel): Ext4[] {
  return [...vfs.fileSystems()].filter((fs) => fs instanceof Ext4);
}

/** As Linux shows it, but for the times: a commit takes none of the guest's. */
function showJournal({ counts, maxBlocks }: Journal): string {
  const { transactions, requested, handles, blocks, logged } = counts;
  const head = `${transactions} transactions (${requested} requested), each up to ${maxBlocks} blocks\n`;
  if (transactions === 0) return head;
  const average = (sum: number, what: string): string =>
    `  ${Math.floor(sum / transactions)} ${what} per transaction\n`;
  const lines = [
    average(handles, 'handles'),
    average(blocks, 'blocks'),
    average(logged, 'logged blocks'),
  ];
  return `${head}average: \n${lines.join('')}`;
}

/** A line for each metadata block: number, state (dirty: in no transaction that is committed; logged: not at home yet), kind, checksum. */
function showBlocks({ cache }: Ext4): string {
  return cache
    .content()
    .map(({ number, isDirty, isCommitted, kind, bytes }) => {
      const state = isDirty ? 'dirty' : isCommitted ? 'logged' : 'clean';
      const sum = crc32c(0xffff_ffff, bytes).toString(16).padStart(8, '0');
      return `${number} crc32c 0x${sum} ${state} ${kind}\n`;
    })
    .join('');
}

function journalRows(kernel: Kernel): ProcRow[] {
  return mounted(kernel).flatMap(({ disk, journal }) => {
    if (journal === undefined) return [];
    const info: ProcRow = { name: 'info', show: () => showJournal(journal) };
    return [{ name: `${disk.name}-${JOURNAL_INODE}`, entries: [info], subject: journal }];
  });
}

function ext4Rows(kernel: Kernel): ProcRow[] {
  return mounted(kernel).map((fs) => {
    const blocks: ProcRow = { name: 'blocks', mode: 0o400, show: () => showBlocks(fs) };
    return { name: fs.disk.name, entries: [blocks], subject: fs };
  });
}

export const FILE_SYSTEM_ROWS: readonly ProcRow[] = [
  { name: 'ext4', entries: ext4Rows },
  { name: 'jbd2', entries: journalRows },
];
