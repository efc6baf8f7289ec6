/** How one command is run. */
export interface RunOptions {
  /** What it runs for: the bound of the wait, milliseconds. */
  readonly timeoutMs: number;
  /** Every line of stdout and stderr, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Told the process group of the command, so that a later agent can end what this one left running. */
  readonly onStart?: (pid: number) => void;
  /** It is ended when it writes more than this to stdout, bytes. @default it may go on, and what it wrote first is kept: 16 MiB */
  readonly stdoutLimit?: number;
  /** What it reads from its standard input. @default nothing */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** How one command ended. It is never thrown: a command may fail and that be the answer. */
export interface RunResult {
  /** Exit status; null when a signal ended it, or it could not be started. */
  readonly code: number | null;
  /** What it wrote to stdout. */
  readonly stdout: string;
  /** Last lines of stdout and stderr together. */
  readonly tail: readonly string[];
  /** Why there is no exit status. */
  readonly reason?: string;
}

export type Run = (command: string, args: readonly string[], options: RunOptions) => Promise<RunResult>;

export interface PutRequest {
  /** Presigned. Secret: it is in no error of this file, and in no process list. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The file that is the body. */
  readonly path: string;
  /** Told of the process that sends: whoever comes after a killed agent ends it first. @default nobody is told */
  readonly onStart?: (pid: number) => Promise<void>;
  /** Bytes of the body that were read to be sent. */
  readonly onProgress: (bytes: number) => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PutAnswer {
  readonly status: number;
  /** Beginning of the answer's body. */
  readonly text: string;
}

/** One try. Resolves with whatever the server answers; rejects when there is no answer. */
export type Put = (request: PutRequest) => Promise<PutAnswer>;

export interface Clock {
  /** Milliseconds since 1970: whatever the machine takes for the time. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface MachineClock extends Clock {
  /** Milliseconds since some moment: how long something took, also when the time was set meanwhile. */
  steady(): number;
}

/** Everything outside of the agent that it touches: given to it, so that tests can give something else. */
export interface Machine {
  readonly run: Run;
  readonly put: Put;
  readonly clock: MachineClock;
  /** Folder under which the machine's own paths (/etc, /var, /proc, /sys) are found: "/". */
  readonly root: string;
  /** User id of the agent. */
  readonly uid: number;
  /** Is there such a command? */
  find(command: string): Promise<boolean>;
  /** How the agent starts itself. */
  readonly self: { readonly node: string; readonly script: string };
}
