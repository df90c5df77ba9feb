/** POSIX message queues: linux/mqueue.h. */
import { layout } from '../lib/layout.ts';

export const MqAttr = layout({
  mq_flags: 'i64',
  mq_maxmsg: 'i64',
  mq_msgsize: 'i64',
  mq_curmsgs: 'i64',
  reserved0: 'u64',
  reserved1: 'u64',
  reserved2: 'u64',
  reserved3: 'u64',
});
