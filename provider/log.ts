/**
 * Text on a resource's line of `pulumi up`. `pulumi.log` reaches nobody from a provider's create, so this speaks to the
 * engine itself, whose address is the provider's first argument.
 */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { ResourceLog } from "./handler";

export interface EngineLog {
  for(urn: string): ResourceLog;
}

export class GrpcEngineLog implements EngineLog {
  private readonly client: EngineClient;

  constructor(address: string) {
    this.client = new EngineClient(address, grpc.credentials.createInsecure());
  }

  for(urn: string): ResourceLog {
    return {
      status: (text) => this.send(urn, LogSeverity.INFO, text, true),
      info: (text) => this.send(urn, LogSeverity.INFO, text, false),
      warn: (text) => this.send(urn, LogSeverity.WARNING, text, false),
    };
  }

  private send(urn: string, severity: LogSeverity, text: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(severity);
    request.setMessage(text);
    request.setEphemeral(ephemeral);
    // An engine that no longer answers is noticed by EngineWatch; there is nobody else to tell.
    this.client.log(request, () => undefined);
  }
}
