const LOOK_MS = 1000;

/** Looks at once and then every second until the work has ended, whichever way; answers as the work does. */
export async function whileRunning<T>(
  work: Promise<T>,
  look: () => Promise<void>,
  sleep: (ms: number) => Promise<void>,
): Promise<T> {
  let ended = false;
  const end = work.then(
    () => (ended = true),
    () => (ended = true),
  );
  while (!ended) {
    await look();
    await Promise.race([end, sleep(LOOK_MS)]);
  }
  return work;
}
