import { expect, it } from "vitest";
import { proxyFor } from "./proxy";

const through = (address: string, no = "") =>
  proxyFor(new URL(address), { https: "http://p:1", http: "q:2", no })?.host;

it("is that of the scheme; this machine itself is asked directly", () => {
  expect(through("https://quay.io/v2/")).toBe("p:1");
  expect(through("http://quay.io/v2/")).toBe("q:2");
  for (const host of ["localhost", "127.0.0.9:5000", "[::1]"]) expect(through(`https://${host}/`)).toBeUndefined();
  expect(proxyFor(new URL("https://quay.io/"), {})).toBeUndefined();
});

it.each([
  ["https://quay.io/", "*", false],
  ["https://quay.io/", "io", false],
  ["https://quay.io/", " quay.io ,x", false],
  ["https://cdn.quay.io/", "quay.io", false],
  ["https://cdn.quay.io/", ".quay.io", false],
  ["https://cdn.quay.io/", "*.quay.io", false],
  ["https://quay.io/", ".quay.io", true],
  ["https://myquay.io/", "quay.io", true],
  ["https://quay.io/", "quay.io:443", false],
  ["https://quay.io:5000/", "quay.io:443", true],
  ["https://10.1.2.3/", "10.0.0.0/8", false],
  ["https://11.1.2.3/", "10.0.0.0/8", true],
  ["https://[fd00::1]/", "fd00::/8", false],
  ["https://[fd00::1]/", "fd00::1", false],
  ["https://10.1.2.3/", "2.3", true],
])("%s with NO_PROXY=%s", (address, no, proxied) => {
  expect(through(address, no) !== undefined).toBe(proxied);
});

it("that is no address is a mistake by name", () => {
  const of = (https: string) => () => proxyFor(new URL("https://quay.io/"), { https });
  expect(of("http://")).toThrow("HTTPS_PROXY is not an address");
  expect(of("socks5://p:1")).toThrow("HTTPS_PROXY has a proxy of the kind socks5://");
});
