/** System calls on files, directories, descriptors and mounts (table). Numbers of include/uapi/asm-generic/unistd.h. */

import { type Row, row } from '../syscall-row.ts';
import { faccessat, faccessat2 } from './access.ts';
import { ioCancel, ioDestroy, ioGetevents, ioPgetevents, ioSetup, ioSubmit } from './aio.ts';
import { fchmod, fchmodat, fchmodat2, fchown, fchownat, utimensat } from './attributes.ts';
import { chdir, chroot, fchdir, getcwd, umask } from './cwd.ts';
import { dup, dup3 } from './dup.ts';
import { epollCreate1, epollCtl, epollPwait, epollPwait2 } from './epoll.ts';
import { eventfd2 } from './eventfd.ts';
import { fanotifyInit, fanotifyMark } from './fanotify.ts';
import { fcntl } from './fcntl.ts';
import { flock } from './fcntl-locks.ts';
import { fsconfig, fsmount, fsopen, fspick } from './fsopen.ts';
import { getdents64 } from './getdents.ts';
import { nameToHandleAt, openByHandleAt } from './handle.ts';
import { inotifyAddWatch, inotifyInit1, inotifyRmWatch } from './inotify.ts';
import { ioctl } from './ioctl.ts';
import { lseek } from './lseek.ts';
import { mount, pivotRoot, umount2 } from './mount.ts';
import { mountSetattr, moveMount, openTree } from './move-mount.ts';
import { linkat, mkdirat, mknodat, readlinkat, renameat2, symlinkat, unlinkat } from './names.ts';
import { close, closeRange, openat, openat2 } from './open.ts';
import { pipe2 } from './pipe.ts';
import { ppoll, pselect6 } from './poll.ts';
import { pread64, preadv, preadv2, read, readv } from './read.ts';
import { copyFileRange, sendfile } from './sendfile.ts';
import { signalfd4 } from './signalfd.ts';
import { splice, tee, vmsplice } from './splice.ts';
import { fstat, newfstatat, statx } from './stat.ts';
import { fstatfs, statfs } from './statfs.ts';
import { fadvise64, fdatasync, fsync, readahead, sync, syncFileRange, syncfs } from './sync.ts';
import { timerfdCreate, timerfdGettime, timerfdSettime } from './timerfd.ts';
import { fallocate, ftruncate, truncate } from './truncate.ts';
import { pwrite64, pwritev, pwritev2, write, writev } from './write.ts';
import {
  fgetxattr,
  flistxattr,
  fremovexattr,
  fsetxattr,
  getxattr,
  getxattrat,
  lgetxattr,
  listxattr,
  listxattrat,
  llistxattr,
  lremovexattr,
  lsetxattr,
  removexattr,
  removexattrat,
  setxattr,
  setxattrat,
} from './xattr.ts';

export const FILE_ROWS: readonly Row[] = [
  row(0, 'io_setup', ioSetup, 'uint address'),
  row(1, 'io_destroy', ioDestroy, 'address'),
  row(2, 'io_submit', ioSubmit, 'address offset address'),
  row(3, 'io_cancel', ioCancel, 'address address address'),
  row(4, 'io_getevents', ioGetevents, 'address offset offset address timespec'),
  row(5, 'setxattr', setxattr, 'latepath address address size flags'),
  row(6, 'lsetxattr', lsetxattr, 'latepath address address size flags'),
  row(7, 'fsetxattr', fsetxattr, 'fd address address size flags'),
  row(8, 'getxattr', getxattr, 'latepath address address size'),
  row(9, 'lgetxattr', lgetxattr, 'latepath address address size'),
  row(10, 'fgetxattr', fgetxattr, 'fd address address size'),
  row(11, 'listxattr', listxattr, 'latepath address size'),
  row(12, 'llistxattr', llistxattr, 'latepath address size'),
  row(13, 'flistxattr', flistxattr, 'fd address size'),
  row(14, 'removexattr', removexattr, 'latepath address'),
  row(15, 'lremovexattr', lremovexattr, 'latepath address'),
  row(16, 'fremovexattr', fremovexattr, 'fd address'),
  row(17, 'getcwd', getcwd, 'buffer size'),
  row(19, 'eventfd2', eventfd2, 'uint flags'),
  row(20, 'epoll_create1', epollCreate1, 'flags'),
  row(21, 'epoll_ctl', epollCtl, 'fd int fd address'),
  row(22, 'epoll_pwait', epollPwait, 'fd address int int sigset size'),
  row(23, 'dup', dup, 'fd'),
  row(24, 'dup3', dup3, 'fd fd fdflags'),
  row(25, 'fcntl', fcntl, 'fd fcntlcmd address'),
  row(26, 'inotify_init1', inotifyInit1, 'flags'),
  row(27, 'inotify_add_watch', inotifyAddWatch, 'fd latepath uint'),
  row(28, 'inotify_rm_watch', inotifyRmWatch, 'fd int'),
  row(29, 'ioctl', ioctl, 'fd ioctl address'),
  row(32, 'flock', flock, 'fd int'),
  row(33, 'mknodat', mknodat, 'dirfd path mode dev'),
  row(34, 'mkdirat', mkdirat, 'dirfd path mode'),
  row(35, 'unlinkat', unlinkat, 'dirfd path atflags'),
  row(36, 'symlinkat', symlinkat, 'path dirfd path'),
  row(37, 'linkat', linkat, 'dirfd latepath dirfd latepath atflags'),
  row(39, 'umount2', umount2, 'path flags'),
  row(40, 'mount', mount, 'optpath path optpath flags address'),
  row(41, 'pivot_root', pivotRoot, 'path path'),
  row(43, 'statfs', statfs, 'path address'),
  row(44, 'fstatfs', fstatfs, 'fd address'),
  row(45, 'truncate', truncate, 'path offset'),
  row(46, 'ftruncate', ftruncate, 'fd offset'),
  row(47, 'fallocate', fallocate, 'fd flags offset offset'),
  row(48, 'faccessat', faccessat, 'dirfd latepath accessmode'),
  row(49, 'chdir', chdir, 'path'),
  row(50, 'fchdir', fchdir, 'fd'),
  row(51, 'chroot', chroot, 'path'),
  row(52, 'fchmod', fchmod, 'fd mode'),
  row(53, 'fchmodat', fchmodat, 'dirfd path mode'),
  row(54, 'fchownat', fchownat, 'dirfd latepath uid gid atflags'),
  row(55, 'fchown', fchown, 'fd uid gid'),
  row(56, 'openat', openat, 'dirfd path openflags mode'),
  // The descriptor is free all the same.
  row(57, 'close', close, 'fd', 'performs'),
  row(59, 'pipe2', pipe2, 'address fdflags'),
  row(61, 'getdents64', getdents64, 'fd buffer size'),
  row(62, 'lseek', lseek, 'fd offset whence'),
  row(63, 'read', read, 'fd buffer size'),
  row(64, 'write', write, 'fd buffer size'),
  row(65, 'readv', readv, 'fd iovec count'),
  row(66, 'writev', writev, 'fd iovec count'),
  row(67, 'pread64', pread64, 'fd buffer size offset'),
  row(68, 'pwrite64', pwrite64, 'fd buffer size offset'),
  row(69, 'preadv', preadv, 'fd iovec count offset'),
  row(70, 'pwritev', pwritev, 'fd iovec count offset'),
  row(71, 'sendfile', sendfile, 'fd fd address size'),
  row(72, 'pselect6', pselect6, 'int fdset fdset fdset timespec address'),
  row(73, 'ppoll', ppoll, 'pollfds uint timespec sigset size'),
  row(74, 'signalfd4', signalfd4, 'fd sigset size flags'),
  row(75, 'vmsplice', vmsplice, 'fd iovec count flags'),
  row(76, 'splice', splice, 'fd address fd address size flags'),
  row(77, 'tee', tee, 'fd fd size flags'),
  row(78, 'readlinkat', readlinkat, 'dirfd path buffer size'),
  row(79, 'newfstatat', newfstatat, 'dirfd path stat atflags'),
  row(80, 'fstat', fstat, 'fd stat'),
  row(81, 'sync', sync, ''),
  row(82, 'fsync', fsync, 'fd'),
  row(83, 'fdatasync', fdatasync, 'fd'),
  row(84, 'sync_file_range', syncFileRange, 'fd offset offset flags'),
  row(85, 'timerfd_create', timerfdCreate, 'clock flags'),
  row(86, 'timerfd_settime', timerfdSettime, 'fd flags address address'),
  row(87, 'timerfd_gettime', timerfdGettime, 'fd address'),
  row(88, 'utimensat', utimensat, 'dirfd optpath timespec atflags'),
  row(166, 'umask', umask, 'mode'),
  row(213, 'readahead', readahead, 'fd offset size'),
  row(223, 'fadvise64', fadvise64, 'fd offset offset int'),
  row(262, 'fanotify_init', fanotifyInit, 'flags flags'),
  row(263, 'fanotify_mark', fanotifyMark, 'fd flags size dirfd lateoptpath'),
  row(264, 'name_to_handle_at', nameToHandleAt, 'dirfd path address address atflags'),
  row(265, 'open_by_handle_at', openByHandleAt, 'dirfd address openflags'),
  row(267, 'syncfs', syncfs, 'fd'),
  row(276, 'renameat2', renameat2, 'dirfd path dirfd path flags'),
  row(285, 'copy_file_range', copyFileRange, 'fd address fd address size flags'),
  row(286, 'preadv2', preadv2, 'fd iovec count offset offset flags'),
  row(287, 'pwritev2', pwritev2, 'fd iovec count offset offset flags'),
  row(291, 'statx', statx, 'dirfd optpath atflags uint address'),
  row(292, 'io_pgetevents', ioPgetevents, 'address offset offset address timespec address'),
  row(428, 'open_tree', openTree, 'dirfd path flags'),
  row(429, 'move_mount', moveMount, 'dirfd latepath dirfd latepath flags'),
  row(430, 'fsopen', fsopen, 'address flags'),
  row(431, 'fsconfig', fsconfig, 'fd uint address address int'),
  row(432, 'fsmount', fsmount, 'fd flags flags'),
  row(433, 'fspick', fspick, 'dirfd latepath flags'),
  row(436, 'close_range', closeRange, 'uint uint flags'),
  row(437, 'openat2', openat2, 'dirfd path address size'),
  row(439, 'faccessat2', faccessat2, 'dirfd latepath accessmode atflags'),
  row(441, 'epoll_pwait2', epollPwait2, 'fd address int timespec sigset size'),
  row(442, 'mount_setattr', mountSetattr, 'dirfd latepath flags address size'),
  row(452, 'fchmodat2', fchmodat2, 'dirfd latepath mode atflags'),
  row(463, 'setxattrat', setxattrat, 'dirfd lateoptpath atflags address address size'),
  row(464, 'getxattrat', getxattrat, 'dirfd lateoptpath atflags address address size'),
  row(465, 'listxattrat', listxattrat, 'dirfd lateoptpath atflags address size'),
  row(466, 'removexattrat', removexattrat, 'dirfd lateoptpath atflags address'),
];
