/** adjtimex(2), clock_adjtime(2). Linux: kernel/time/ntp.c. */
import { EINVAL, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import { CLOCK_REALTIME } from '../../abi/time.ts';
import { layout } from '../../lib/layout.ts';
import { NS_PER_SECOND } from '../clock.ts';
import { type ClockDiscipline, PHASE_LIMIT_US, STA_PLL, STA_UNSYNC } from '../clock-discipline.ts';
import { CAP_SYS_TIME } from '../credentials.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';

/** struct timex; the counters of pulses per second, which nothing counts, and the reserve are zero. */
const Timex = layout({
  modes: 'u32',
  offset: 'i64',
  freq: 'i64',
  maxerror: 'i64',
  esterror: 'i64',
  status: 'i32',
  constant: 'i64',
  precision: 'i64',
  tolerance: 'i64',
  time_sec: 'i64',
  time_usec: 'i64',
  tick: 'i64',
  pps: 'bytes64',
  tai: 'i32',
  reserve: 'bytes44',
});

const ADJ_OFFSET = 1;
const ADJ_FREQUENCY = 2;
const ADJ_MAXERROR = 4;
const ADJ_ESTERROR = 8;
const ADJ_STATUS = 16;
const ADJ_TIMECONST = 32;
const ADJ_TAI = 128;
const ADJ_SETOFFSET = 256;
const ADJ_MICRO = 0x1000;
const ADJ_NANO = 0x2000;
const ADJ_TICK = 0x4000;
const ADJ_ADJTIME = 0x8000;
const ADJ_OFFSET_READONLY = 0x2000;
/** Bits that the kernel sets itself. */
const STA_READONLY = 0xff00;
const STA_NANO = 0x2000;
const TIME_OK = 0;
const TIME_ERROR = 5;
const TICK_USEC = 10_000;
/** 500 ppm, in 2^-16 ppm. */
const TOLERANCE = 32_768_000;
const MAX_TIME_CONSTANT = 10;
/** Of a user who reckons in microseconds it is this much more. */
const MICRO_CONSTANT = 4;
const MAX_TAI = 100_000;
/** Nanoseconds per second of 2^-16 ppm. */
const FREQUENCY_NS = 1000 / 65_536;

/** adjtimex(2). Errors: EFAULT, EINVAL, EPERM. */
export function adjtimex(task: Task, address: number): number {
  const { kernel, memory } = task;
  const request = memory.read(Timex, address);
  const { modes } = request;
  if ((modes & ADJ_ADJTIME) !== 0 && (modes & ADJ_OFFSET) === 0)
    throw fail(EINVAL, 'ADJ_ADJTIME is for offsets');
  const isReadOnly = modes === 0 || modes === (ADJ_ADJTIME | ADJ_OFFSET_READONLY | ADJ_OFFSET);
  if (!isReadOnly && !task.credentials.hasCapability(CAP_SYS_TIME))
    throw fail(EPERM, 'CAP_SYS_TIME');
  if ((modes & ADJ_TICK) !== 0 && Math.abs(request.tick - TICK_USEC) > TICK_USEC / 10)
    throw fail(EINVAL, 'tick');
  if ((modes & ADJ_SETOFFSET) !== 0) step(kernel, request, (modes & ADJ_NANO) !== 0);
  const { discipline, clock } = kernel;
  const before = discipline.adjust;
  if (!isReadOnly) note(discipline, request);
  const { seconds, nanoseconds } = clock.realtime();
  const isNano = (discipline.status & STA_NANO) !== 0;
  const { maxerror, esterror, status, constant, tai, tick, frequencyNs, offsetNs } = discipline;
  const offset = Math.trunc(isNano ? offsetNs : offsetNs / 1000);
  memory.write(Timex, address, {
    modes,
    offset: (modes & ADJ_ADJTIME) === 0 ? offset : before,
    freq: Math.round(frequencyNs / FREQUENCY_NS),
    maxerror,
    esterror,
    status,
    constant,
    tai,
    precision: 1,
    tolerance: TOLERANCE,
    tick,
    time_sec: seconds,
    time_usec: isNano ? nanoseconds : Math.floor(nanoseconds / 1000),
  });
  return (discipline.status & STA_UNSYNC) === 0 ? TIME_OK : TIME_ERROR;
}

type Request = ReturnType<typeof Timex.decode>;

/** Linux: process_adjtimex_modes. */
function note(discipline: ClockDiscipline, request: Request): void {
  const { modes } = request;
  const has = (mode: number): boolean => (modes & mode) !== 0;
  if (has(ADJ_ADJTIME)) {
    discipline.adjust = request.offset;
    discipline.retune();
    return;
  }
  if (has(ADJ_STATUS)) noteStatus(discipline, request.status);
  if (has(ADJ_NANO)) discipline.status |= STA_NANO;
  if (has(ADJ_MICRO)) discipline.status &= ~STA_NANO;
  const isNano = (discipline.status & STA_NANO) !== 0;
  if (has(ADJ_FREQUENCY)) discipline.setFrequency(request.freq * FREQUENCY_NS);
  if (has(ADJ_MAXERROR)) discipline.maxerror = withinPhase(request.maxerror);
  if (has(ADJ_ESTERROR)) discipline.esterror = withinPhase(request.esterror);
  if (has(ADJ_TIMECONST)) {
    const wanted = request.constant + (isNano ? 0 : MICRO_CONSTANT);
    discipline.constant = Math.max(0, Math.min(MAX_TIME_CONSTANT, wanted));
  }
  if (has(ADJ_TAI) && request.constant >= 0 && request.constant <= MAX_TAI)
    discipline.tai = request.constant;
  if (has(ADJ_OFFSET)) {
    const { offset } = request;
    const limit = NS_PER_SECOND;
    discipline.update(isNano ? offset : Math.max(-limit, Math.min(limit, offset * 1000)));
  }
  if (has(ADJ_TICK)) discipline.tick = request.tick;
  discipline.retune();
}

function noteStatus(discipline: ClockDiscipline, wanted: number): void {
  const wasOn = (discipline.status & STA_PLL) !== 0;
  const isOn = (wanted & STA_PLL) !== 0;
  if (wasOn && !isOn) discipline.status = STA_UNSYNC;
  if (!wasOn && isOn) discipline.begin();
  discipline.status = (discipline.status & STA_READONLY) | (wanted & ~STA_READONLY);
}

function withinPhase(microseconds: number): number {
  return Math.max(0, Math.min(PHASE_LIMIT_US, microseconds));
}

/** ADJ_SETOFFSET: time_usec is never negative. Throws EINVAL. */
function step(kernel: Kernel, { time_sec, time_usec }: Request, isNano: boolean): void {
  const nanoseconds = isNano ? time_usec : time_usec * 1000;
  if (time_usec < 0 || nanoseconds >= NS_PER_SECOND) throw fail(EINVAL, 'offset');
  const now = kernel.clock.realtime();
  const total = now.nanoseconds + nanoseconds;
  const carry = total >= NS_PER_SECOND ? 1 : 0;
  kernel.setRealtime({
    seconds: now.seconds + time_sec + carry,
    nanoseconds: total - carry * NS_PER_SECOND,
  });
}

/** clock_adjtime(2). Errors: EINVAL, EOPNOTSUPP, and those of adjtimex. */
export function clockAdjtime(task: Task, clock: number, address: number): number {
  if (clock === CLOCK_REALTIME) return adjtimex(task, address);
  task.memory.readBytes(address, Timex.size);
  const hasNone = clock > CLOCK_REALTIME && clock <= 11;
  throw fail(hasNone ? EOPNOTSUPP : EINVAL, `clock ${clock}`);
}
