/** Locals of a function under construction: fixed ones first, then temporaries that are free again at each instruction. */
import type binaryen from 'binaryen';

export class Locals {
  /** Types of the locals after the parameters, as addFunction wants them. */
  readonly types: binaryen.Type[] = [];
  private readonly parameters: number;
  private readonly temporaries = new Map<binaryen.Type, number[]>();
  private readonly used = new Map<binaryen.Type, number>();

  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** A local for the whole function. */
  fixed(type: binaryen.Type): number {
    this.types.push(type);
    return this.parameters + this.types.length - 1;
  }

  /** A local until the next `release`. */
  temporary(type: binaryen.Type): number {
    const pool = this.temporaries.get(type) ?? [];
    this.temporaries.set(type, pool);
    const next = this.used.get(type) ?? 0;
    this.used.set(type, next + 1);
    const local = pool[next] ?? this.fixed(type);
    pool[next] = local;
    return local;
  }

  /** All temporaries are free again. */
  release(): void {
    this.used.clear();
  }
}
