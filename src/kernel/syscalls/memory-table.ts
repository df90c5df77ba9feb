/** System calls on memory, in order of their numbers (table). */
import { partial, type Row, row } from '../syscall-row.ts';
import { cachestat } from './cachestat.ts';
import { madvise } from './madvise.ts';
import { memfdCreate } from './memfd.ts';
import * as policy from './mempolicy.ts';
import * as lock from './mlock.ts';
import * as mmap from './mmap.ts';
import { mremap } from './mremap.ts';
import { processMadvise, processMrelease } from './process-madvise.ts';
import { remapFilePages } from './remap-file-pages.ts';
import { swapoff, swapon } from './swapon.ts';

export const MEMORY_ROWS: readonly Row[] = [
  row(214, 'brk', mmap.brk, 'address', mmap.presentBreak),
  row(215, 'munmap', mmap.munmap, 'address size'),
  row(216, 'mremap', mremap, 'address size size flags address'),
  row(222, 'mmap', mmap.mmap, 'address size mmapprot mmapflags fd size'),
  row(226, 'mprotect', mmap.mprotect, 'address size mmapprot'),
  row(227, 'msync', mmap.msync, 'address size flags'),
  row(224, 'swapon', swapon, 'path flags'),
  row(225, 'swapoff', swapoff, 'path'),
  row(228, 'mlock', lock.mlock, 'address size'),
  row(229, 'munlock', lock.munlock, 'address size'),
  row(230, 'mlockall', lock.mlockall, 'flags'),
  row(231, 'munlockall', lock.munlockall, ''),
  row(232, 'mincore', mmap.mincore, 'address size address'),
  row(
    233,
    'madvise',
    partial(madvise, 'no KSM; collapses anonymous memory only'),
    'address size madvice',
  ),
  row(234, 'remap_file_pages', remapFilePages, 'address size int count flags'),
  row(235, 'mbind', policy.mbind, 'address size int address count flags'),
  row(236, 'get_mempolicy', policy.getMempolicy, 'address address count address flags'),
  row(237, 'set_mempolicy', policy.setMempolicy, 'int address count'),
  row(238, 'migrate_pages', policy.migratePages, 'pid count address address'),
  row(239, 'move_pages', policy.movePages, 'pid count address address address flags'),
  row(279, 'memfd_create', memfdCreate, 'address flags'),
  row(284, 'mlock2', lock.mlock2, 'address size flags'),
  row(440, 'process_madvise', processMadvise, 'fd address count madvice flags'),
  row(448, 'process_mrelease', processMrelease, 'fd flags'),
  row(451, 'cachestat', cachestat, 'fd address address flags'),
];
