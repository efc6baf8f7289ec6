/** An authority of a test's own, that no machine knows, and what it signs for servers on loopback. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Authority {
  /** File, PEM. */
  readonly certificate: string;
  /** Signs for 127.0.0.1, localhost and registry.example. @returns files, PEM */
  sign(name: string): { readonly certificate: string; readonly key: string };
}

const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** @param folder is made */
export function makeAuthority(folder: string): Authority {
  mkdirSync(folder);
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  };
  const own = ["-subj", "/CN=An authority of our own", "-addext", "basicConstraints=critical,CA:TRUE"];
  openssl("req", "-x509", "-days", "2", ...EC_KEY, ...own, "-keyout", at("ca.key"), "-out", at("ca.crt"));
  writeFileSync(at("names"), "subjectAltName=DNS:localhost,DNS:registry.example,IP:127.0.0.1\n");
  return {
    certificate: at("ca.crt"),
    sign(name) {
      const files = { certificate: at(`${name}.crt`), key: at(`${name}.key`) };
      openssl("req", ...EC_KEY, "-subj", `/CN=${name}`, "-keyout", files.key, "-out", at("request"));
      const by = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
      openssl("x509", "-req", "-in", at("request"), ...by, "-extfile", at("names"), "-out", files.certificate);
      return files;
    },
  };
}
