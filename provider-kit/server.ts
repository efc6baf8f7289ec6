/**
 * Serves a plugin to the engine over gRPC, with all that the protocol carries. The SDK's own server passes on neither
 * the provider's configuration nor previews, old inputs, timeouts and refreshed inputs.
 */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Failure } from "./inputs";
import type { WireProperties } from "./wire";

export interface Checked {
  readonly inputs: WireProperties;
  readonly failures: readonly Failure[];
}

export interface Difference {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** Where a call came from. `timeoutSeconds` is the user's own (`customTimeouts`); 0: none given. */
export interface Caller {
  readonly urn: string;
  readonly timeoutSeconds: number;
}

export interface Created {
  readonly id: string;
  readonly state: WireProperties;
}

export interface Plugin {
  readonly version: string;
  checkConfig(news: WireProperties): Checked;
  configure(config: WireProperties): void;
  /** `seed` makes the same names in a preview and in the update after it. */
  check(urn: string, olds: WireProperties, news: WireProperties, seed: Uint8Array): Checked;
  diff(urn: string, oldInputs: WireProperties, olds: WireProperties, news: WireProperties): Difference;
  /** What of a create or an update is known before it is done. */
  preview(urn: string, olds: WireProperties | undefined, news: WireProperties): WireProperties;
  create(caller: Caller, inputs: WireProperties): Promise<Created>;
  /** Undefined if the resource is gone. */
  read(
    caller: Caller,
    id: string,
    inputs: WireProperties,
    state: WireProperties,
  ): Promise<{ readonly state: WireProperties; readonly inputs: WireProperties } | undefined>;
  update(
    caller: Caller,
    id: string,
    oldInputs: WireProperties,
    olds: WireProperties,
    news: WireProperties,
  ): Promise<WireProperties>;
  delete(caller: Caller, id: string, state: WireProperties): Promise<void>;
  invoke(token: string, args: WireProperties): Promise<WireProperties>;
  /** Ctrl-C: ends what runs. */
  cancel(): Promise<void>;
}

/** The resource is there, but not as it should be: the engine keeps it in the state, with the reasons. */
export class IncompleteError extends Error {
  constructor(
    readonly id: string,
    readonly state: WireProperties,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "IncompleteError";
  }
}

/** Listens on a free loopback port, and prints it: that is how the engine learns of it. */
export async function servePlugin(plugin: Plugin): Promise<void> {
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const server = new grpc.Server(unlimited);
  server.addService(ResourceProviderService, handlersOf(plugin));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  process.stdout.write(`${port}\n`);
}

function unary<Q, A>(handle: (request: Q) => Promise<A> | A): grpc.handleUnaryCall<Q, A> {
  return (call, callback) => {
    void Promise.resolve(call.request)
      .then(handle)
      .then(
        (answer) => callback(null, answer),
        (error: unknown) => callback(statusOf(error)),
      );
  };
}

function handlersOf(plugin: Plugin): grpc.UntypedServiceImplementation {
  const caller = (request: { getUrn(): string; getTimeout(): number }): Caller => ({
    urn: request.getUrn(),
    timeoutSeconds: request.getTimeout(),
  });
  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(plugin.version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    checkConfig: unary((request: messages.CheckRequest) =>
      checkResponse(plugin.checkConfig(fields(request.getNews()))),
    ),
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary((request: messages.ConfigureRequest) => {
      plugin.configure(fields(request.getArgs()));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary((request: messages.CheckRequest) =>
      checkResponse(
        plugin.check(
          request.getUrn(),
          fields(request.getOlds()),
          fields(request.getNews()),
          request.getRandomseed_asU8(),
        ),
      ),
    ),
    diff: unary((request: messages.DiffRequest) =>
      diffResponse(
        plugin.diff(
          request.getUrn(),
          fields(request.getOldInputs()),
          fields(request.getOlds()),
          fields(request.getNews()),
        ),
      ),
    ),
    create: unary(async (request: messages.CreateRequest) => {
      const inputs = fields(request.getProperties());
      if (request.getPreview()) {
        return new messages.CreateResponse().setProperties(
          toStruct(plugin.preview(request.getUrn(), undefined, inputs)),
        );
      }
      const { id, state } = await plugin.create(caller(request), inputs);
      return new messages.CreateResponse().setId(id).setProperties(toStruct(state));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const state = fields(request.getProperties());
      const found = await plugin.read(caller(request), request.getId(), fields(request.getInputs()), state);
      // Without an id the engine takes the resource out of the state.
      if (found === undefined) return new messages.ReadResponse();
      const answer = new messages.ReadResponse().setId(request.getId()).setProperties(toStruct(found.state));
      return answer.setInputs(toStruct(found.inputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const [olds, news] = [fields(request.getOlds()), fields(request.getNews())];
      const state = request.getPreview()
        ? plugin.preview(request.getUrn(), olds, news)
        : await plugin.update(caller(request), request.getId(), fields(request.getOldInputs()), olds, news);
      return new messages.UpdateResponse().setProperties(toStruct(state));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await plugin.delete(caller(request), request.getId(), fields(request.getProperties()));
      return new Empty();
    }),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const result = await plugin.invoke(request.getTok(), fields(request.getArgs()));
      return new messages.InvokeResponse().setReturn(toStruct(result));
    }),
    cancel: unary(async () => {
      await plugin.cancel();
      return new Empty();
    }),
  };
}

function fields(struct: Struct | undefined): WireProperties {
  return struct?.toJavaScript() ?? {};
}

function toStruct(properties: WireProperties): Struct {
  // The wire has no `undefined`; whoever makes properties leaves out what there is not.
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

function checkResponse({ inputs, failures }: Checked): messages.CheckResponse {
  const list = failures.map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
}

function diffResponse({ changed, replaces, deleteBeforeReplace }: Difference): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  return new messages.DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...changed])
    .setReplacesList([...replaces])
    .setDeletebeforereplace(deleteBeforeReplace);
}

/** An error as gRPC sends it; the details of an incomplete resource travel in a header of the protocol's own. */
function statusOf(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof IncompleteError)) return { code: grpc.status.UNKNOWN, details };
  const failed = new messages.ErrorResourceInitFailed().setId(error.id).setReasonsList([details]);
  failed.setProperties(toStruct(error.state));
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(details).setDetailsList([detail]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}
