/** The text of a region's function, from the bytes of its module. */
import binaryen from 'binaryen';

/** `name`: of its export. Throws for bytes that are no module, and for a name that it does not export. */
export function textOf(wasm: Uint8Array, name: string): string {
  const module = binaryen.readBinary(wasm);
  try {
    const { value } = binaryen.getExportInfo(module.getExport(name));
    const { body } = binaryen.getFunctionInfo(module.getFunction(value));
    return binaryen.emitText(body);
  } finally {
    module.dispose();
  }
}
