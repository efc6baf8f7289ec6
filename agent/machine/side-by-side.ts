type Works<T extends readonly unknown[]> = { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> };

/** Does several things at once. Whichever fails first ends the others, and none is left running. */
export async function sideBySide<T extends readonly unknown[]>(
  signal: AbortSignal,
  ...works: Works<T>
): Promise<{ -readonly [K in keyof T]: T[K] }> {
  signal.throwIfAborted();
  const ended = new AbortController();
  const stop = (): void => ended.abort(signal.reason);
  signal.addEventListener("abort", stop);
  const running = works.map((work) => work(ended.signal));
  try {
    return (await Promise.all(running)) as { -readonly [K in keyof T]: T[K] };
  } finally {
    signal.removeEventListener("abort", stop);
    ended.abort(new Error("another one failed"));
    await Promise.allSettled(running);
  }
}
