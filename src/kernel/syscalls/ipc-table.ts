/** System calls of System V IPC and POSIX message queues, in order of their numbers (table). */
import { type Row, row } from '../syscall-row.ts';
import * as mq from './mq-open.ts';
import { msgctl, msgget, msgrcv, msgsnd } from './msgget.ts';
import { semctl, semget, semop, semtimedop } from './semget.ts';
import { shmat, shmctl, shmdt, shmget } from './shmget.ts';

export const IPC_ROWS: readonly Row[] = [
  row(180, 'mq_open', mq.mqOpen, 'path openflags mode address'),
  row(181, 'mq_unlink', mq.mqUnlink, 'path'),
  row(182, 'mq_timedsend', mq.mqTimedsend, 'fd address size uint timespec'),
  row(183, 'mq_timedreceive', mq.mqTimedreceive, 'fd address size address timespec'),
  row(184, 'mq_notify', mq.mqNotify, 'fd address'),
  row(185, 'mq_getsetattr', mq.mqGetsetattr, 'fd address address'),
  row(186, 'msgget', msgget, 'int flags'),
  row(187, 'msgctl', msgctl, 'int int address'),
  row(188, 'msgrcv', msgrcv, 'int address size offset flags'),
  row(189, 'msgsnd', msgsnd, 'int address size flags'),
  row(190, 'semget', semget, 'int int flags'),
  row(191, 'semctl', semctl, 'int int int address'),
  row(192, 'semtimedop', semtimedop, 'int address uint timespec'),
  row(193, 'semop', semop, 'int address uint'),
  row(194, 'shmget', shmget, 'int size flags'),
  row(195, 'shmctl', shmctl, 'int int address'),
  row(196, 'shmat', shmat, 'int address flags'),
  row(197, 'shmdt', shmdt, 'address'),
];
