import { describe, expect, it } from 'vitest';
import { EINTR, EIO, ENOMEM, ENOSPC } from '../../abi/errno.ts';
import { FaultPlan } from './fault-plan.ts';
import { parseFaultRule } from './fault-rule.ts';

/** Of asm-generic/unistd.h. */
const NR = { read: 63, write: 64, readv: 65, writev: 66, brk: 214, mmap: 222, mremap: 216 };

describe('a rule', () => {
  it('says which calls, how and when', () => {
    expect(parseFaultRule('writev:ENOSPC:p=0.01:after=5')).toMatchObject({
      calls: new Set([NR.writev]),
      failure: { kind: 'errno', errno: ENOSPC },
      probability: 0.01,
      after: 5,
    });
    expect(parseFaultRule('read:EINTR').failure).toEqual({ kind: 'errno', errno: EINTR });
    expect(parseFaultRule('read:short').calls).toContain(NR.readv);
    expect(parseFaultRule('alloc:ENOMEM')).toMatchObject({
      calls: new Set([NR.brk, NR.mmap, NR.mremap]),
      failure: { errno: ENOMEM },
    });
    expect(parseFaultRule('disk:EIO:op=read:path=/dev/vd?')).toMatchObject({
      calls: new Set(),
      failure: { errno: EIO },
      operation: 'read',
    });
    const { path } = parseFaultRule('openat:EACCES:path=/etc/*.d/a+b');
    expect(
      ['/etc/x.d/a+b', '/etc/x/y.d/a+b', '/etc/xxd/a+b', '/etc/x.d/aab'].map((name) =>
        path?.test(name),
      ),
    ).toEqual([true, true, false, false]);
  });

  it.each([
    ['', /TARGET:FAILURE/],
    ['write', /TARGET:FAILURE/],
    ['write:', /TARGET:FAILURE/],
    ['nothing:EIO', /no system call 'nothing'/],
    ['constructor:EIO', /no system call 'constructor'/],
    ['write:EFOO', /'EFOO' is no error/],
    ['exit_group:EIO', /cannot fail/],
    ['openat:short', /short is for/],
    ['write:cut', /cut is for disk/],
    ['disk:EINTR', /EIO, ENOSPC or cut/],
    ['write:EIO:p=2', /p=2/],
    ['write:EIO:p=', /none of/],
    ['write:EIO:nth=0', /nth=0/],
    ['write:EIO:nth=1e9', /nth=1e9/],
    ['write:EIO:nth=1:nth=2', /twice/],
    ['write:EIO:when=3', /'when=3' is none of/],
    ['write:EIO:op=read', /for disks/],
  ])('%j is refused', (text, reason) => {
    expect(() => parseFaultRule(text)).toThrow(reason);
  });
});

describe('a plan', () => {
  /** Which of the first `count` that match are struck, from 1 on. */
  function struck(rule: string, count: number, seed = 1): number[] {
    const plan = new FaultPlan([rule], seed);
    const [first] = plan.rules;
    if (!first) throw new Error('no rule');
    return Array.from({ length: count }, (_, i) => i + 1).filter(() => plan.strikes(first));
  }

  it('counts', () => {
    expect(struck('write:EIO', 3)).toEqual([1, 2, 3]);
    expect(struck('write:EIO:nth=3', 9)).toEqual([3]);
    expect(struck('write:EIO:every=3', 9)).toEqual([3, 6, 9]);
    expect(struck('write:EIO:after=4:times=2', 9)).toEqual([5, 6]);
    expect(struck('write:EIO:after=4:every=2', 9)).toEqual([6, 8]);
  });

  it('draws by its seed, and about as often as it should', () => {
    const hits = struck('write:EIO:p=0.1', 10_000);
    expect(struck('write:EIO:p=0.1', 10_000)).toEqual(hits);
    expect(struck('write:EIO:p=0.1', 10_000, 2)).not.toEqual(hits);
    // Binomial, n 10,000, p 0.1: a standard deviation is 30.
    expect(Math.abs(hits.length - 1000)).toBeLessThan(150);
  });
});
