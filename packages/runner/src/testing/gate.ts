// A point in time that a test decides on.

export type Gate = { readonly passed: Promise<void>; readonly open: () => void };

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
