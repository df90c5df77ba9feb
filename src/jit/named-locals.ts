/** The i32 locals of a small generated function by name, parameters first. */
import binaryen from 'binaryen';
import type { ExpressionRef } from './value.ts';

export class NamedLocals<Name extends string> {
  private readonly m: binaryen.Module;
  private readonly names: readonly Name[];
  private readonly parameters: number;

  constructor(module: binaryen.Module, names: readonly Name[], parameters: number) {
    this.m = module;
    this.names = names;
    this.parameters = parameters;
  }

  get(name: Name): ExpressionRef {
    return this.m.local.get(this.names.indexOf(name), binaryen.i32);
  }

  set(name: Name, value: ExpressionRef): ExpressionRef {
    return this.m.local.set(this.names.indexOf(name), value);
  }

  /** The function, exported. */
  add(name: string, result: binaryen.Type, body: ExpressionRef): void {
    const types = this.names.map(() => binaryen.i32);
    const parameters = binaryen.createType(types.slice(0, this.parameters));
    this.m.addFunction(name, parameters, result, types.slice(this.parameters), body);
    this.m.addFunctionExport(name, name);
  }
}
