/** Keystone's application credentials of one user, and a Glance that keeps a credential to its rules, before a fake Glance. */
import type { ServerResponse } from "node:http";
import type { Received } from "../cloud/testing/fake-cloud";

interface Rule {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export interface FakeCredentials {
  readonly credentials: Map<string, { readonly id: string; readonly name: string; readonly access_rules: Rule[] }>;
  readonly rules: Map<string, Rule>;
  /** Of Keystone, to a question for access rules. */
  served: number;
  /** Of Glance, to what a worker may not do, and to bytes of a wrong type. */
  refused: number;
  wrongType: number;
  /** The first token is our own; all that come later are a worker's. */
  readonly fault: (received: Received, response: ServerResponse) => boolean;
}

export function fakeCredentials(): FakeCredentials {
  const fake: FakeCredentials = {
    ...{ credentials: new Map(), rules: new Map(), served: 200, refused: 401, wrongType: 415 },
    fault: (received, response) => {
      const { method, path, token, body } = received;
      const answer = (status: number, json: unknown = {}): true => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(status === 204 ? "" : JSON.stringify(json));
        return true;
      };
      const [, kind = "", id] = /^\/v3\/users\/u\/(\w+)(?:\/([^/?]+))?/.exec(path) ?? [];
      if (kind === "access_rules" && fake.served !== 200) return answer(fake.served);
      if (kind === "access_rules" && method === "DELETE") return answer(removeRule(fake, id ?? "") ? 204 : 403);
      if (kind === "access_rules") return answer(200, { access_rules: [...fake.rules.values()] });
      if (kind !== "" && method === "DELETE") return answer(fake.credentials.delete(id ?? "") ? 204 : 404);
      if (kind !== "" && method === "POST") return answer(201, { application_credential: make(fake, body) });
      if (kind !== "") return answer(200, { application_credentials: [...fake.credentials.values()] });
      if (token === "token-1" || path === "/") return false;
      if (method === "PUT" && path.endsWith("/file") && body === "{}") return answer(fake.wrongType);
      return method === "PUT" ? false : answer(fake.refused);
    },
  };
  return fake;
}

function make({ credentials, rules }: FakeCredentials, body: string): object {
  const { application_credential: asked } = JSON.parse(body) as {
    application_credential: { name: string; access_rules: Omit<Rule, "id">[] };
  };
  const id = `c-${credentials.size + 1}`;
  const own = asked.access_rules.map((rule, index) => ({ ...rule, id: `${id}-${index}` }));
  for (const rule of own) rules.set(rule.id, rule);
  credentials.set(id, { ...asked, id, access_rules: own });
  return { ...credentials.get(id), secret: "the-secret" };
}

/** One that a credential still has stays. */
function removeRule({ credentials, rules }: FakeCredentials, id: string): boolean {
  const used = [...credentials.values()].some(({ access_rules: own }) => own.some((rule) => rule.id === id));
  return !used && rules.delete(id);
}
