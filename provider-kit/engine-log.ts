/** Sends lines to the engine: one by one, or as they come as live status of one resource. */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export interface ResourceLog {
  line(text: string): void;
  /** Resolves when the engine has every line. */
  drained(): Promise<void>;
}

export type LogFor = (urn: string) => ResourceLog;

type Send = (urn: string, text: string) => Promise<void>;

/** With so many lines waiting, the engine is behind: it gets them together. */
const LINES_TO_JOIN = 100;

/** One after another, so that lines stay in order. Losing the engine's ear is said once, and stops no command. */
export function orderedLog(urn: string, send: Send, complain: (problem: string) => void): ResourceLog {
  let pending: string[] = [];
  let sending: Promise<void> | undefined;
  let deaf = false;
  const pump = async () => {
    while (pending.length > 0 && !deaf) {
      const count = pending.length > LINES_TO_JOIN ? pending.length : 1;
      const text = pending.slice(0, count).join("\n");
      pending = pending.slice(count);
      try {
        await send(urn, text);
      } catch (error) {
        deaf = true;
        complain(`the engine takes no more log lines: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    sending = undefined;
  };
  return {
    line: (text) => {
      if (deaf) return;
      pending.push(text);
      sending ??= pump();
    },
    drained: async () => {
      await sending;
    },
  };
}

/** One line for the engine to show. */
interface Said {
  readonly urn: string;
  readonly severity: "info" | "warning";
  readonly text: string;
  /** Replaces the text on the resource's line, in terminals only; what is not stays in the output. */
  readonly ephemeral: boolean;
}

const SEVERITIES = { info: LogSeverity.INFO, warning: LogSeverity.WARNING } as const;

/** `pulumi.log` reaches nobody from a provider's create, so this speaks to the engine itself. */
export function engineEar(address: string): (said: Said) => Promise<void> {
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  return ({ urn, severity, text, ephemeral }) =>
    new Promise((resolve, reject) => {
      const request = new LogRequest();
      request.setSeverity(SEVERITIES[severity]);
      request.setUrn(urn);
      request.setMessage(text);
      request.setEphemeral(ephemeral);
      client.log(request, (error) => (error === null ? resolve() : reject(error)));
    });
}

/** Status lines of severity info, the way that the official provider shows a command's output. */
export function engineLog(address: string): LogFor {
  const say = engineEar(address);
  const send: Send = (urn, text) => say({ urn, severity: "info", text, ephemeral: true });
  return (urn) => orderedLog(urn, send, (problem) => process.stderr.write(`${problem}\n`));
}
