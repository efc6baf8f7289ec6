/** Waits that have a bound and say what they waited for. */

export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { seconds, everyMs = 500 }: { readonly seconds: number; readonly everyMs?: number },
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** True while a process of this machine lives. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
