/**
 * The part of JavaScript's WebAssembly interface in use here. TypeScript declares it only together with the whole of a
 * browser (`lib: DOM`), which would let browser globals into every file.
 */
declare namespace WebAssembly {
  class Module {
    private readonly compiled: true;
    static imports(module: Module): readonly { readonly module: string; readonly name: string }[];
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
  }
  /** Thrown at a trap. */
  class RuntimeError extends Error {}
  const compile: (bytes: Uint8Array) => Promise<Module>;
}
