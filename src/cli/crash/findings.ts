/** The words of the courses (OSTEP, "Crash Consistency: FSCK and Journaling") for what e2fsck finds after a crash. */

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/Block bitmap differences:.* \+/, 'block in use, marked free'],
  [/Block bitmap differences:.* -/, 'space leak'],
  [/Inode bitmap differences:.* \+/, 'inode in use, marked free'],
  [/Inode bitmap differences:.* -/, 'inode leak'],
  [/Free (blocks|inodes) count wrong|Directories count wrong/, 'wrong counters'],
  [/has deleted\/unused inode|points to an invalid inode/, 'name without an inode'],
  [/Unattached (zero-length )?inode|Unconnected directory inode/, 'orphan: inode without a name'],
  [/ref count is/, 'wrong link count'],
  [/Multiply-claimed|duplicate block/, 'block of two files'],
  [/i_blocks is|i_size is/, 'wrong size of a file'],
  [
    /directory corrupted|missing '\.|Directory inode .* has|invalid (HTREE|directory)/i,
    'damaged directory',
  ],
  [/illegal block|invalid (extent|block)|extent tree/i, 'bad block number'],
  [/checksum/i, 'wrong checksum'],
  [/superblock/i, 'damaged superblock'],
];

/** Each kind once, with the first line that says so. */
export function findingsIn(report: string): (readonly [kind: string, line: string])[] {
  const lines = report.split('\n');
  const found = KINDS.flatMap(([pattern, kind]) => {
    const line = lines.find((candidate) => pattern.test(candidate));
    return line === undefined ? [] : [[kind, line] as const];
  });
  return found.length > 0 ? found : [['something else', report.trim()]];
}
