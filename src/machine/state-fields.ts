/** Reads a saved state, which may come from a file that anybody wrote: each field is checked before it is used. */
import type { StateValue } from './state.ts';

export class StateFields {
  private readonly fields: Readonly<Record<string, StateValue>>;
  private readonly owner: string;

  /** `owner` names the part in errors. Throws where `state` is no record. */
  constructor(owner: string, state: StateValue) {
    if (!isRecord(state)) throw new Error(`saved state of ${owner}: not a record of fields`);
    this.owner = owner;
    this.fields = state;
  }

  /** All of the following throw an Error that names the field where it is absent or of another kind. */
  number(name: string): number {
    const value = this.fields[name];
    return typeof value === 'number' ? value : this.refuse(name, 'a number');
  }

  /** A whole number from 0 to `last`. */
  index(name: string, last: number): number {
    const value = this.number(name);
    if (Number.isInteger(value) && value >= 0 && value <= last) return value;
    return this.refuse(name, `a whole number up to ${last}`);
  }

  boolean(name: string): boolean {
    const value = this.fields[name];
    return typeof value === 'boolean' ? value : this.refuse(name, 'true or false');
  }

  string(name: string): string {
    const value = this.fields[name];
    return typeof value === 'string' ? value : this.refuse(name, 'text');
  }

  /** A copy. */
  bytes(name: string): Uint8Array {
    return new Uint8Array(this.bytesThere(name));
  }

  /** For who copies them: others may have them, too. */
  bytesThere(name: string): Uint8Array {
    const value = this.fields[name];
    return value instanceof Uint8Array ? value : this.refuse(name, 'bytes');
  }

  list(name: string): readonly StateValue[] {
    const value = this.fields[name];
    return isList(value) ? value : this.refuse(name, 'a list');
  }

  /** A list of numbers; of `length` where that is given. */
  numbers(name: string, length?: number): number[] {
    const result: number[] = [];
    for (const item of this.list(name)) {
      if (typeof item !== 'number') return this.refuse(name, 'numbers only');
      result.push(item);
    }
    if (length !== undefined && result.length !== length) {
      return this.refuse(name, `${length} numbers`);
    }
    return result;
  }

  strings(name: string): string[] {
    const result: string[] = [];
    for (const item of this.list(name)) {
      if (typeof item !== 'string') return this.refuse(name, 'texts only');
      result.push(item);
    }
    return result;
  }

  /** A list of byte strings, copied. */
  byteStrings(name: string): Uint8Array[] {
    return this.list(name).map((item) =>
      item instanceof Uint8Array ? new Uint8Array(item) : this.refuse(name, 'bytes only'),
    );
  }

  /** A list of records; of `length` where that is given. */
  records(name: string, length?: number): StateFields[] {
    const list = this.list(name);
    if (length !== undefined && list.length !== length) {
      return this.refuse(name, `${length} entries, not ${list.length}`);
    }
    return list.map((item, i) => new StateFields(`${this.owner}.${name}[${i}]`, item));
  }

  /** A field of any kind, for the part that wrote it. */
  value(name: string): StateValue {
    return this.fields[name] ?? this.refuse(name, 'there');
  }

  /** Throws where the field is not `expected`: the state belongs to another machine. */
  expect(name: string, expected: number | string): void {
    const value = this.fields[name];
    if (value !== expected) {
      this.refuse(name, `${expected}, as in this machine, but ${String(value)}`);
    }
  }

  private refuse(name: string, wanted: string): never {
    throw new Error(`saved state of ${this.owner}: ${name} is not ${wanted}`);
  }
}

function isList(value: StateValue | undefined): value is readonly StateValue[] {
  return Array.isArray(value);
}

function isRecord(value: StateValue): value is { readonly [name: string]: StateValue } {
  return typeof value === 'object' && !isList(value) && !(value instanceof Uint8Array);
}
