/** poll(2): asm-generic/poll.h. */
import { layout } from '../lib/layout.ts';

export const POLLIN = 1;
export const POLLPRI = 2;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLRDBAND = 0x80;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLRDHUP = 0x2000;
export const Pollfd = layout({ fd: 'i32', events: 'i16', revents: 'i16' });
