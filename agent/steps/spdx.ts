/** The image's packages as an SPDX 2.3 document. Source: https://spdx.github.io/spdx-spec/v2.3. */
import type { PackageVersion } from "../../contract/commit-record";
import { validUntil } from "../../contract/support-end";

export interface SpdxSubject {
  /** What the document is of, and the digest of the OCI image. */
  readonly name: string;
  readonly imageDigest: string;
  /** sha256 of the raw disk: a document of another disk is another document. */
  readonly diskSha256: string;
  /** RFC 3339, UTC. */
  readonly builtAt: string;
  /** Last day on which its distribution has updates. @default not known */
  readonly supportEnd?: string;
}

const IMAGE = "SPDXRef-Image";
/** Only rpm's versions end with an architecture, see the list's query. */
const RPM = /^(?:(\d+):)?(.+)\.(noarch|x86_64|aarch64|ppc64le|s390x|i[3-6]86)$/;

export function spdxDocument(subject: SpdxSubject, list: readonly PackageVersion[]) {
  const { name, imageDigest, diskSha256, builtAt, supportEnd } = subject;
  const unknown = { downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "NOASSERTION" };
  const packages = list.map((one, index) => ({
    SPDXID: `SPDXRef-Package-${index + 1}`,
    name: one.name,
    versionInfo: one.version,
    ...unknown,
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl(one) }],
  }));
  const contained = packages.map(({ SPDXID }) => ({
    spdxElementId: IMAGE,
    relationshipType: "CONTAINS",
    relatedSpdxElement: SPDXID,
  }));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `urn:copr-builders:sbom:${diskSha256}`,
    creationInfo: { created: builtAt.replace(/\.\d+Z$/, "Z"), creators: ["Tool: copr-builders"] },
    packages: [
      {
        ...{ SPDXID: IMAGE, name, versionInfo: imageDigest, ...unknown },
        ...(supportEnd !== undefined && validUntil(supportEnd)),
      },
      ...packages,
    ],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: IMAGE },
      ...contained,
    ],
  };
}

/** https://github.com/package-url/purl-spec: which distribution it is, the list does not tell. */
function purl({ name, version }: PackageVersion): string {
  const [, epoch, evr, arch] = RPM.exec(version) ?? [];
  const encoded = encodeURIComponent(name);
  if (evr === undefined || arch === undefined) return `pkg:deb/${encoded}@${encodeURIComponent(version)}`;
  const qualifiers = [`arch=${arch}`, ...(epoch === undefined ? [] : [`epoch=${epoch}`])].join("&");
  return `pkg:rpm/${encoded}@${encodeURIComponent(evr)}?${qualifiers}`;
}
