/** What a Containerfile finds under a name of its own (`podman build --build-context`). */

/** As it stands behind FROM or `--from=`: a number there means a stage. The first "=" ends it for podman. */
export const CONTEXT_NAME = /^(?!\d+$)[A-Za-z0-9][\w.:/@-]*$/;

/** By name; on a worker. */
export type WorkerContexts = Readonly<Record<string, WorkerContext>>;
export type WorkerContext =
  | {
      readonly kind: "folder";
      /** In the archive of the build context. */
      readonly path: string;
    }
  | {
      readonly kind: "image";
      /** As the pins have it. */
      readonly reference: string;
    };
