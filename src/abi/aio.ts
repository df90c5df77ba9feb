/** linux/aio_abi.h. */
import { layout } from '../lib/layout.ts';

export const IOCB_CMD_PREAD = 0;
export const IOCB_CMD_PWRITE = 1;
export const IOCB_CMD_FSYNC = 2;
export const IOCB_CMD_FDSYNC = 3;
export const IOCB_CMD_POLL = 5;
export const IOCB_CMD_PREADV = 7;
export const IOCB_CMD_PWRITEV = 8;
export const IOCB_FLAG_RESFD = 1;
export const IOCB_FLAG_IOPRIO = 2;

export const Iocb = layout({
  data_low: 'u32',
  data_high: 'u32',
  aio_key: 'u32',
  aio_rw_flags: 'u32',
  aio_lio_opcode: 'u16',
  aio_reqprio: 'i16',
  aio_fildes: 'i32',
  aio_buf: 'u64',
  aio_nbytes: 'u64',
  aio_offset: 'i64',
  aio_reserved2: 'u64',
  aio_flags: 'u32',
  aio_resfd: 'i32',
});

export const IoEvent = layout({
  data_low: 'u32',
  data_high: 'u32',
  obj: 'u64',
  res: 'i64',
  res2: 'i64',
});
