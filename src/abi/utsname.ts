/** struct new_utsname (linux/utsname.h) and struct sysinfo (linux/sysinfo.h). */
import { layout } from '../lib/layout.ts';

export const Utsname = layout({
  sysname: 'bytes65',
  nodename: 'bytes65',
  release: 'bytes65',
  version: 'bytes65',
  machine: 'bytes65',
  domainname: 'bytes65',
});
export const Sysinfo = layout({
  uptime: 'i64',
  load1: 'u64',
  load5: 'u64',
  load15: 'u64',
  totalram: 'u64',
  freeram: 'u64',
  sharedram: 'u64',
  bufferram: 'u64',
  totalswap: 'u64',
  freeswap: 'u64',
  procs: 'u16',
  pad: 'u16',
  totalhigh: 'u64',
  freehigh: 'u64',
  mem_unit: 'u32',
});
