/** ISA strings, by the examples and rules of the unprivileged spec's chapter "ISA Extension Naming Conventions". */
import { describe, expect, it } from 'vitest';
import { DEFAULT_ISA, EXTENSIONS, IsaError, parseIsa } from './extensions.ts';

/** Order of single letters, and of what follows a Z: table "Standard ISA extension names". */
const CANONICAL = 'imafdqlcbkjtpvh';

/** Letters, then Z by category and alphabet, then S by alphabet. */
function rank(name: string): string {
  const letter = String.fromCharCode(
    97 + CANONICAL.indexOf(name.charAt(name.startsWith('z') ? 1 : 0)),
  );
  if (name.length === 1) return `0${letter}`;
  return name.startsWith('z') ? `1${letter}${name}` : `2${name}`;
}

describe('the table', () => {
  it('is in canonical order', () => {
    const names = EXTENSIONS.map(({ name }) => name);
    expect(names).toEqual([...names].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)));
  });

  it('implies only what it has', () => {
    const names = new Set(EXTENSIONS.map(({ name }) => name));
    const implied = EXTENSIONS.flatMap(({ implies }) => implies ?? []);
    expect(implied.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('an ISA string', () => {
  const letters = (text: string): string => parseIsa(text).text.split('_')[0] ?? '';

  it('may be in any case and order, with versions and shorthands', () => {
    expect(letters('rv64gc')).toBe('rv64imafdc');
    expect(letters('RV64ICDFAM')).toBe('rv64imafdc');
    expect(letters('rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zmmul1p0_zca1p0')).toBe(
      'rv64imafdc',
    );
    expect(letters('rva20u64')).toBe('rv64imafdc');
    expect(letters('rv64ic')).toBe('rv64ic');
    expect(parseIsa('rva22u64_zfa').text).toContain('_zfa_zfhmin_');
  });

  it('brings what it implies, in canonical order', () => {
    expect(letters('rv64imadc')).toBe('rv64imafdc');
    expect(parseIsa('rv64imac').has('zaamo')).toBe(true);
    expect(parseIsa('rv64imac').has('f')).toBe(false);
    expect(parseIsa('rv64imafc').has('zcd')).toBe(false);
    expect(parseIsa('rv64imafdc').has('zcd')).toBe(true);
  });

  it('leaves privileged extensions alone unless it names one', () => {
    expect(parseIsa('rv64gc').has('sstc')).toBe(DEFAULT_ISA.has('sstc'));
  });

  it('is read again as it was written', () => {
    for (const isa of [DEFAULT_ISA, parseIsa('rv64gc'), parseIsa('rv64imac')]) {
      expect(parseIsa(isa.text).extensions).toEqual(isa.extensions);
    }
  });

  it.each([
    ['', 'must begin with rv64'],
    ['rv32gc', 'must begin with rv64'],
    ['rva99u64', 'must begin with rv64 or be a profile'],
    ['rv64', 'must begin with rv64i or rv64g'],
    ['rv64mac', 'must begin with rv64i or rv64g'],
    ['rv64gc_zzz', "unknown extension 'zzz'"],
    ['rv64gcq', "unknown extension 'q'"],
    ['rv64gc_xfoo', "unknown extension 'xfoo'"],
    ['rv64gc-v', "unknown extension '-v'"],
    ['rv64g', 'must have c'],
  ])("'%s' is refused", (text, message) => {
    expect(() => parseIsa(text)).toThrow(IsaError);
    expect(() => parseIsa(text)).toThrow(message);
  });
});
